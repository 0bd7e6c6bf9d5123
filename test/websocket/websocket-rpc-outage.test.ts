import { describe, expect, it } from 'vitest';
import { captureLog } from '../support/log.ts';
import { connectedClient, isPending, newClient } from '../support/websocket-client.ts';

const log = captureLog();
const warnings = () => log.filter(({ level }) => level === 'warn');

describe('WebSocketRpc: a socket that fails', () => {
  it('[WS7] sends calls marked retry-resend again after the next LOGIN, in order, and rejects the others', async () => {
    const { sockets, rpc } = connectedClient();
    const kept = rpc.invoke('KEPT', 'x', { retryResend: true });
    const dropped = rpc.invoke('DROPPED');
    sockets.last.break();
    const waiting = rpc.invoke('WAITING');
    await expect(dropped).rejects.toBe('REJECTED_BY_TIMEOUT');
    sockets.last.login();
    expect(sockets.last.sent).toEqual(['4 LOGIN\nme', '1 KEPT\nx', '3 WAITING']);
    sockets.last.answer('KEPT', 'y');
    sockets.last.answer('WAITING', 'z');
    expect(await kept).toMatchObject({ data: 'y', callId: 1 });
    expect(await waiting).toMatchObject({ data: 'z', callId: 3 });
  });

  it('[WS8] never sends a LOGIN again on another socket', () => {
    const { clock, sockets } = newClient();
    sockets.last.open();
    sockets.last.break();
    clock.advance(10_000);
    sockets.last.open();
    expect(sockets.all).toHaveLength(2);
    expect(sockets.last.sent).toEqual(['1 LOGIN\nme']);
  });

  it('[WS9] replaces a logged-in socket at once, and then waits between half of 250 ms, doubling to 10 s, and the whole', () => {
    for (const chance of [0, 0.999_999]) {
      const { clock, sockets } = connectedClient({ random: () => chance });
      clock.advance(1000);
      sockets.last.break();
      expect(sockets.all).toHaveLength(2);
      for (const whole of [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]) {
        const count = sockets.all.length;
        const wait = whole * (0.5 + chance / 2);
        sockets.last.break();
        clock.advance(wait - 1);
        expect(sockets.all).toHaveLength(count);
        clock.advance(1.1);
        expect(sockets.all).toHaveLength(count + 1);
      }
    }
  });

  it('[WS9] waits before it replaces a socket that breaks right after LOGIN once more', () => {
    const { clock, sockets } = connectedClient();
    sockets.last.break();
    expect(sockets.all).toHaveLength(2);
    sockets.last.login();
    sockets.last.break();
    expect(sockets.all).toHaveLength(2);
    clock.advance(500);
    expect(sockets.all).toHaveLength(3);
  });

  it('[WS10] gives up a socket that does not open within 10 s, with a reason in the log', () => {
    const { clock, sockets } = newClient();
    clock.advance(9999);
    expect(sockets.last.closed).toBe(false);
    clock.advance(1);
    expect(sockets.last.closed).toBe(true);
    expect(warnings()).toMatchObject([{ endpoint: 'me', reason: 'the socket did not open in time' }]);
    clock.advance(250);
    expect(sockets.all).toHaveLength(2);
  });

  it('[WS11] hears nothing of a socket that was replaced', async () => {
    const { sockets, rpc } = connectedClient();
    const old = sockets.last;
    const call = rpc.invoke('A', undefined, { retryResend: true });
    old.break();
    sockets.last.login();
    old.receive('1 A\nlate');
    old.break();
    old.open();
    expect(sockets.all).toHaveLength(2);
    expect(rpc.isConnected()).toBe(true);
    expect(await isPending(call)).toBe(true);
  });

  it('[WS30] catches what a hub or a registry throws, logs it, and goes on with all others', () => {
    const { clock, sockets, rpc } = connectedClient();
    const errors = () => log.filter(({ level }) => level === 'error');
    const fault = () => {
      throw new Error('a fault');
    };
    const heard: string[] = [];
    const hears = (what: string) => () => heard.push(what);
    rpc.observe({ restoring: fault, ready: fault, down: fault, destroyed: fault });
    rpc.observe({
      restoring: hears('restoring'),
      ready: hears('ready'),
      down: hears('down'),
      destroyed: hears('destroyed'),
    });
    rpc.onConnectionOpen(hears('open'));
    const call = (answered: () => void, failed: () => void) =>
      rpc.sendCall(rpc.addCall('A', undefined, false, { answered, failed }));
    clock.advance(1000);
    call(fault, fault);
    sockets.last.answer('A');
    call(fault, fault);
    call(fault, hears('failed'));
    sockets.last.break();
    expect(heard).toEqual(['failed', 'down']);
    sockets.last.login();
    expect(heard).toEqual(['failed', 'down', 'restoring', 'ready', 'open']);
    expect(rpc.isConnected()).toBe(true);
    call(fault, fault);
    rpc.destroy();
    expect(heard.at(-1)).toBe('destroyed');
    expect(errors().map(({ endpoint, reason }) => `${endpoint}: ${reason}`)).toEqual(
      Array.from({ length: 7 }, () => 'me: a fault'),
    );
  });

  it('[WS12] logs each reason of an outage once, with what the socket said', () => {
    const { clock, sockets } = newClient();
    for (let round = 0; round < 5; round += 1) {
      sockets.last.break('connect ECONNREFUSED');
      clock.advance(10_000);
    }
    expect(warnings().map(({ reason }) => reason)).toEqual(['the socket failed: connect ECONNREFUSED']);
  });
});

describe('WebSocketRpc: a LOGIN that fails', () => {
  it.each(['NOT-OK-LOGIN-ALREADY-IN-USE', 'NOT-OK-ALREADY-AUTHORIZED'])(
    '[WS13] tries a LOGIN answered with %s again on a new socket after 30 s',
    (answer) => {
      const { clock, sockets, rpc } = newClient();
      sockets.last.open();
      sockets.last.answer('LOGIN', answer);
      expect(sockets.last.closed).toBe(true);
      expect(warnings()[0]?.reason).toContain(answer);
      clock.advance(29_999);
      expect(sockets.all).toHaveLength(1);
      clock.advance(1);
      sockets.last.login();
      expect(rpc.isConnected()).toBe(true);
    },
  );

  it('[WS13] tries a LOGIN that the broker fails again after 30 s', () => {
    const { clock, sockets } = newClient();
    sockets.last.open();
    sockets.last.receive('CALL_ERROR\n0 LOGIN\nCALL_FAILED_UNEXPECTED_EXCEPTION');
    clock.advance(30_000);
    expect(sockets.all).toHaveLength(2);
  });

  it('[WS13] opens a new socket 30 s after a LOGIN without an answer', () => {
    const { clock, sockets } = newClient();
    sockets.last.open();
    clock.advance(29_999);
    expect(sockets.all).toHaveLength(1);
    clock.advance(1);
    expect(sockets.all).toHaveLength(2);
    expect(sockets.all[0]?.closed).toBe(true);
  });

  it('[WS13] takes the interval from setLoginRecreateInterval', () => {
    const { clock, sockets, rpc } = newClient();
    rpc.setLoginRecreateInterval(100);
    sockets.last.open();
    clock.advance(100);
    expect(sockets.all).toHaveLength(2);
  });
});

describe('WebSocketRpc: health of the socket', () => {
  it('[WS14] replaces the socket when 20 s with calls outstanding bring no response', async () => {
    const { clock, sockets, rpc } = connectedClient();
    const call = rpc.invoke('A');
    clock.advance(19_999);
    expect(sockets.all).toHaveLength(1);
    clock.advance(1);
    expect(sockets.all).toHaveLength(2);
    expect(sockets.all[0]?.closed).toBe(true);
    await expect(call).rejects.toBe('REJECTED_BY_TIMEOUT');
    expect(warnings()).toMatchObject([{ reason: 'calls were not answered in time' }]);
  });

  it('[WS14] keeps the socket while each 20 s bring a response, whatever stays open', () => {
    const { clock, sockets, rpc } = connectedClient();
    rpc.invoke('SLOW');
    for (let round = 0; round < 5; round += 1) {
      rpc.invoke('QUICK');
      sockets.last.answer('QUICK');
      clock.advance(20_000);
    }
    expect(sockets.all).toHaveLength(1);
  });

  it('[WS14] checks from the LOGIN on where calls waited for it', () => {
    const { clock, sockets, rpc } = newClient();
    rpc.invoke('A', undefined, { retryResend: true });
    clock.advance(5000);
    sockets.last.login();
    clock.advance(20_000);
    expect(sockets.all).toHaveLength(2);
  });

  it('[WS14] takes the interval from setBusyTimerInterval', () => {
    const { clock, sockets, rpc } = connectedClient();
    rpc.setBusyTimerInterval(100);
    rpc.invoke('A', undefined, { retryResend: true });
    clock.advance(100);
    expect(sockets.all).toHaveLength(2);
  });

  it('[WS15] sends PING after 5 minutes of quiet, and replaces the socket when it is not answered in 20 s', () => {
    const { clock, sockets } = connectedClient();
    clock.advance(299_999);
    expect(sockets.last.take()).toEqual([]);
    clock.advance(1);
    expect(sockets.last.take()).toEqual(['1 PING']);
    clock.advance(20_000);
    expect(sockets.all).toHaveLength(2);
  });

  it('[WS15] goes on being quiet after an answered PING', () => {
    const { clock, sockets } = connectedClient();
    clock.advance(300_000);
    sockets.last.answer('PING');
    clock.advance(20_000);
    sockets.last.take();
    clock.advance(299_999);
    expect(sockets.last.take()).toEqual([]);
    clock.advance(1);
    expect(sockets.last.take()).toEqual(['2 PING']);
    expect(sockets.all).toHaveLength(1);
  });

  it('[WS15] takes the interval from setIdleTimerInterval', () => {
    const { clock, sockets, rpc } = newClient();
    rpc.setIdleTimerInterval(100);
    sockets.last.login();
    clock.advance(100);
    expect(sockets.last.take()).toEqual(['1 PING']);
  });

  it('[WS16] replaces the socket when verifyConnection gets no response in 5 s', () => {
    const { clock, sockets, rpc } = connectedClient();
    rpc.verifyConnection();
    expect(sockets.last.take()).toEqual(['1 PING']);
    clock.advance(4999);
    expect(sockets.all).toHaveLength(1);
    clock.advance(1);
    expect(sockets.all).toHaveLength(2);
  });

  it('[WS16] keeps a socket that answers verifyConnection, also in the middle of calls', () => {
    const { clock, sockets, rpc } = connectedClient();
    rpc.invoke('A', undefined, { retryResend: true });
    rpc.verifyConnection();
    rpc.verifyConnection();
    expect(sockets.last.take()).toEqual(['1 A', '2 PING']);
    sockets.last.receive('2 PING');
    clock.advance(5000);
    expect(sockets.all).toHaveLength(1);
    // The call that is still open is looked after again.
    clock.advance(20_000);
    expect(sockets.all).toHaveLength(2);
  });

  it('[WS16] ends a pause between two sockets at once with verifyConnection', () => {
    const { sockets, rpc } = newClient();
    sockets.last.break();
    expect(sockets.all).toHaveLength(1);
    rpc.verifyConnection();
    expect(sockets.all).toHaveLength(2);
    sockets.last.open();
    sockets.last.answer('LOGIN', 'NOT-OK-LOGIN-ALREADY-IN-USE');
    rpc.verifyConnection();
    expect(sockets.all).toHaveLength(3);
  });
});
