import { describe, expect, it } from 'vitest';
import {
  callHeader,
  decodeAddressed,
  decodeRequest,
  decodeServerFrame,
  encodeAddressed,
  encodeFailure,
  encodePush,
  encodeRequest,
  encodeResult,
} from '../../src/protocol/rpc.ts';

describe('frames between client and broker', () => {
  it('[WS28] writes each frame as the protocol has it', () => {
    const header = callHeader(7, 'GET-ENTRY');
    expect(encodeRequest(header, undefined)).toBe('7 GET-ENTRY');
    expect(encodeRequest(header, '')).toBe('7 GET-ENTRY\n');
    expect(encodeRequest(header, 'rooms\none')).toBe('7 GET-ENTRY\nrooms\none');
    expect(encodeResult(header, undefined)).toBe('7 GET-ENTRY');
    expect(encodeResult(header, 'Sx')).toBe('7 GET-ENTRY\nSx');
    expect(encodeFailure(header, 'GET_FAILED_ENTRY_NOT_FOUND')).toBe(
      'CALL_ERROR\n7 GET-ENTRY\nGET_FAILED_ENTRY_NOT_FOUND',
    );
    expect(encodePush('ENDPOINT_MESSAGE', encodeAddressed('bob', 'HANDSHAKE'))).toBe(
      'ENDPOINT_MESSAGE\nbob\nHANDSHAKE',
    );
  });

  it.each([
    ['0 PING', { header: '0 PING', command: 'PING', argument: undefined }],
    ['12 LOGIN\nalice', { header: '12 LOGIN', command: 'LOGIN', argument: 'alice' }],
    ['1 A\n', { header: '1 A', command: 'A', argument: '' }],
    ['1 A\nx\ny', { header: '1 A', command: 'A', argument: 'x\ny' }],
    ['x A B', { header: 'x A B', command: 'A B', argument: undefined }],
    ['nothing\nelse', { header: 'nothing', command: undefined }],
    ['', { header: '', command: undefined }],
  ])('[WS28] reads the request %j', (frame, request) => {
    expect(decodeRequest(frame)).toEqual(request);
  });

  it.each([
    ['3 PING', { kind: 'result', header: '3 PING', data: undefined }],
    ['3 A\n', { kind: 'result', header: '3 A', data: '' }],
    ['3 A\nx\ny', { kind: 'result', header: '3 A', data: 'x\ny' }],
    ['CALL_ERROR\n3 A\nWHY', { kind: 'failure', header: '3 A', reason: 'WHY' }],
    ['CALL_ERROR\n3 A\n', { kind: 'failure', header: '3 A', reason: '' }],
    ['ENDPOINT_MESSAGE\nbob\nx', { kind: 'push', type: 'ENDPOINT_MESSAGE', payload: 'bob\nx' }],
    ['3\nx', { kind: 'push', type: '3', payload: 'x' }],
    ['\nx', { kind: 'push', type: '', payload: 'x' }],
  ])('[WS28] reads what the broker sent: %j', (frame, decoded) => {
    expect(decodeServerFrame(frame)).toEqual(decoded);
  });

  it.each(['', 'x', 'ENDPOINT_MESSAGE', 'CALL_ERROR', 'CALL_ERROR\n3 A', '-1 A'])(
    '[WS20] reads %j as malformed, with a reason',
    (frame) => {
      expect(decodeServerFrame(frame)).toEqual({ kind: 'malformed', reason: expect.stringMatching(/./) });
    },
  );

  it('[WS28] reads an address and its body, which may be empty or have lines', () => {
    expect(decodeAddressed('bob\nx\ny')).toEqual({ eva: 'bob', body: 'x\ny' });
    expect(decodeAddressed('\n')).toEqual({ eva: '', body: '' });
    expect(decodeAddressed('bob')).toBeUndefined();
  });
});
