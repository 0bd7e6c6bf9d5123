import { describe, expect, it } from 'vitest';
import { decodeBody, encodeBody } from '../../src/protocol/websocket-hub.ts';

describe('frames of WebSocketHub', () => {
  it('[WH1] writes the four bodies as the protocol has them', () => {
    expect(encodeBody({ type: 'HANDSHAKE' })).toBe('HANDSHAKE');
    expect(encodeBody({ type: 'ACCEPT' })).toBe('ACCEPT');
    expect(encodeBody({ type: 'CLOSE-CONNECTION' })).toBe('CLOSE-CONNECTION');
    expect(encodeBody({ type: 'MESSAGE', text: 'x\ny' })).toBe('MESSAGE\nx\ny');
    expect(encodeBody({ type: 'MESSAGE', text: '' })).toBe('MESSAGE\n');
  });

  it.each([
    ['HANDSHAKE', { type: 'HANDSHAKE' }],
    ['ACCEPT', { type: 'ACCEPT' }],
    ['CLOSE-CONNECTION', { type: 'CLOSE-CONNECTION' }],
    ['MESSAGE\n', { type: 'MESSAGE', text: '' }],
    ['MESSAGE\nx\ny', { type: 'MESSAGE', text: 'x\ny' }],
    ['MESSAGE\nHANDSHAKE', { type: 'MESSAGE', text: 'HANDSHAKE' }],
  ])('[WH1] reads %j', (body, frame) => {
    expect(decodeBody(body)).toEqual(frame);
  });

  it.each(['', 'MESSAGE', 'HANDSHAKE\n', 'handshake', ' ACCEPT', '__proto__'])(
    '[WH2] reads %j as malformed',
    (body) => {
      expect(decodeBody(body)).toBeUndefined();
    },
  );
});
