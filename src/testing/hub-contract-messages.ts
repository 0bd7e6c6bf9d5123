import { equal } from './assert.ts';
import type { HubCheck, PairBench } from './hub-contract.ts';
import { inbox, losses } from './peers.ts';

const TEXTS = {
  'an empty string': '',
  spaces: '  ',
  'ends of line': '\nfirst\n\nthird\n',
  'text outside the basic plane': '𝕧𝕟𝕗-😀',
  'a frame of the protocol': 'CLOSE-CONNECTION',
  'a reliable frame': 'MESSAGE x 0 text',
};

/** The cases of the hub contract about what a connection carries, which are run with either side as the opener. */
export function checkMessages(check: HubCheck<PairBench>): void {
  check(
    '[HC4] connects the accepting side before its first message',
    ['reliable'],
    async ({ acceptor, opener, until }) => {
      const seen: string[] = [];
      acceptor.onConnectionOpen((eva) => seen.push(`open ${eva}`));
      acceptor.onMessage = ({ sourceEva, message }) =>
        seen.push(`${message} ${acceptor.isConnected(sourceEva)}`);
      opener.openConnection(acceptor.eva, () => opener.send(acceptor.eva, 'hello'));
      await until(() => seen.length >= 2);
      equal(seen, [`open ${opener.eva}`, 'hello true']);
    },
  );

  check(
    '[HC5] delivers messages in order, both ways',
    ['reliable', 'ordered'],
    async ({ acceptor, connect, opener, until }) => {
      await connect(opener, acceptor);
      const atAcceptor = inbox(acceptor);
      const atOpener = inbox(opener);
      const texts = Array.from({ length: 100 }, (_, index) => `message ${index}`);
      for (const text of texts) {
        opener.send(acceptor.eva, text);
        acceptor.send(opener.eva, text);
      }
      await until(() => atAcceptor.length >= 100 && atOpener.length >= 100);
      equal(
        atAcceptor,
        texts.map((message) => ({ from: opener.eva, message })),
      );
      equal(
        atOpener,
        texts.map((message) => ({ from: acceptor.eva, message })),
      );
    },
  );

  for (const [name, text] of Object.entries(TEXTS)) {
    check(
      `[HC6] carries ${name} unchanged`,
      ['reliable', 'ordered'],
      async ({ acceptor, connect, opener, until }) => {
        await connect(opener, acceptor);
        const received = inbox(acceptor);
        opener.send(acceptor.eva, text);
        opener.send(acceptor.eva, 'after');
        await until(() => received.length >= 2);
        equal(
          received.map(({ message }) => message),
          [text, 'after'],
        );
      },
    );
  }

  check(
    '[HC6] carries 16 000 characters unchanged',
    ['reliable', 'largeMessages'],
    async ({ acceptor, connect, opener, until }) => {
      await connect(opener, acceptor);
      const received = inbox(acceptor);
      const text = 'ä'.repeat(16_000);
      opener.send(acceptor.eva, text);
      await until(() => received.length > 0);
      equal(received, [{ from: opener.eva, message: text }]);
    },
  );

  check('[HC7] holds the conversation of the seed', ['reliable'], async ({ acceptor, opener, until }) => {
    const transcript: string[] = [];
    opener.onMessage = ({ sourceEva, message }) => {
      transcript.push(message);
      if (message === 'I am good!') opener.closeConnection(sourceEva);
    };
    acceptor.onMessage = ({ sourceEva, message }) => {
      transcript.push(message);
      if (message === 'How are you?') acceptor.send(sourceEva, 'I am good!');
    };
    acceptor.onConnectionLost((eva) => {
      transcript.push(`lost ${eva}`);
      opener.destroy();
      acceptor.destroy();
    });
    opener.openConnection(acceptor.eva, ({ status, targetEva }) => {
      transcript.push(status);
      if (status === 'CONNECTED') opener.send(targetEva, 'How are you?');
    });
    await until(() => acceptor.isDestroyed());
    equal(transcript, ['CONNECTED', 'How are you?', 'I am good!', `lost ${opener.eva}`]);
  });

  check(
    '[HC9] delivers what was sent right before the close',
    ['reliable', 'ordered'],
    async ({ acceptor, connect, opener, until }) => {
      await connect(opener, acceptor);
      const received = inbox(acceptor);
      const lost = losses(acceptor);
      opener.send(acceptor.eva, 'last words');
      opener.closeConnection(acceptor.eva);
      await until(() => lost.length > 0);
      equal(received, [{ from: opener.eva, message: 'last words' }]);
    },
  );

  check(
    '[HC31] delivers what either side sends as soon as it is open',
    ['reliable'],
    async ({ acceptor, connect, opener, until }) => {
      const atOpener = inbox(opener);
      const atAcceptor = inbox(acceptor);
      opener.onConnectionOpen((eva) => opener.send(eva, 'from the opener'));
      acceptor.onConnectionOpen((eva) => acceptor.send(eva, 'from the acceptor'));
      await connect(opener, acceptor);
      await until(() => atOpener.length > 0 && atAcceptor.length > 0);
      equal(atOpener, [{ from: acceptor.eva, message: 'from the acceptor' }]);
      equal(atAcceptor, [{ from: opener.eva, message: 'from the opener' }]);
    },
  );
}
