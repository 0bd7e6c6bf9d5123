import { MarshallerHub, ReliableRtcHub, WebSocketHub, WebSocketRegistryClient } from '../index.ts';
import { BrokerLink } from './broker-link.ts';
import { randomId } from './files/transfers.ts';
import { Lobby } from './lobby.ts';
import { roomsOf } from './occupants.ts';
import { LONGEST } from './peer-messages.ts';
import { Room } from './room.ts';
import { find, setBadge, setText } from './view/dom.ts';
import { LobbyView } from './view/lobby-view.ts';
import { roomHash, roomOfHash } from './view/location.ts';
import { RoomView } from './view/room-view.ts';

/** Where the browser remembers the name of the person; it may be told to remember nothing. */
const PERSON_KEY = 'vnf-demo name';

function rememberedPerson(): string | null {
  try {
    return localStorage.getItem(PERSON_KEY);
  } catch {
    return null;
  }
}

function rememberPerson(person: string): void {
  try {
    localStorage.setItem(PERSON_KEY, person);
  } catch {
    // Then it is typed again.
  }
}

/** `?stun=HOST:PORT` adds a STUN server, for peers behind different routers. */
function rtcConfiguration(): RTCConfiguration {
  const stun = new URLSearchParams(location.search).get('stun');
  return stun === null ? {} : { iceServers: [{ urls: `stun:${stun}` }] };
}

/** The page's broker is the one that served it. */
async function brokerUrl(): Promise<string> {
  const { path } = await (await fetch('broker.json')).json();
  const url = new URL(path, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  url.search = '';
  url.hash = '';
  return url.href;
}

function start(url: string): void {
  const eva = `page-${randomId().slice(0, 12)}`;
  const broker = new BrokerLink(url, () => renderBroker());
  const webSocketHub = new WebSocketHub(broker);
  const hub = new MarshallerHub(new ReliableRtcHub(webSocketHub, { rtcConfiguration: rtcConfiguration() }));
  const rpc = webSocketHub.openEndpoint(eva).getWebSocketRpc();
  rpc.onConnectionOpen(broker.loggedIn);

  let room: Room | undefined;
  let roomView: RoomView | undefined;
  let refusal = '';

  const guest = `Guest ${eva.slice(-3)}`;
  const lobbyView = new LobbyView(rememberedPerson() ?? guest, (name) => {
    location.hash = roomHash(name);
  });
  const lobby = new Lobby({
    eva,
    registry: new WebSocketRegistryClient(rpc),
    isNeeded: () => room !== undefined || document.visibilityState === 'visible',
    onOccupants: (occupants) => {
      lobbyView.render(roomsOf(occupants));
      room?.listed(occupants);
    },
    onProblem: (reason) => {
      refusal = reason;
      renderBroker();
    },
  });

  function renderBroker(): void {
    setBadge(find('#broker .badge'), broker.state);
    setText(
      find('#problem'),
      broker.state === 'away' ? brokerIsAway() : refusal && `The broker refused: ${refusal}`,
    );
  }

  function brokerIsAway(): string {
    const missing = `The broker at ${url} can't be reached. Trying again…`;
    return room === undefined
      ? missing
      : `${missing} Whoever you are connected to still hears you; nobody new can join.`;
  }

  function enter(name: string): void {
    const person = (lobbyView.person || guest).slice(0, LONGEST.name);
    rememberPerson(person);
    const endpoint = hub.openEndpoint(eva);
    room = new Room({ name, person, endpoint, onChange: () => roomView?.changed() });
    roomView = new RoomView(room, () => {
      location.hash = '';
    });
    document.title = `${name} · VNF demo`;
    lobby.enter(name, person);
  }

  function leave(): void {
    if (room === undefined) return;
    lobby.leave();
    room.leave();
    roomView?.close();
    room = undefined;
    roomView = undefined;
    document.title = 'VNF demo';
  }

  /** The page's address says where the person is: so links lead into rooms, and the way back out of them. */
  function follow(): void {
    const name = roomOfHash(location.hash);
    if (name === room?.name && name !== undefined) return;
    leave();
    refusal = '';
    lobbyView.show(name === undefined);
    if (name !== undefined) enter(name);
    renderBroker();
  }

  addEventListener('hashchange', follow);
  addEventListener('pagehide', () => room?.leave());
  // A page that comes back out of the browser's memory has said goodbye.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload();
  });
  document.addEventListener('visibilitychange', () => lobby.look());
  follow();
  lobby.look();
}

brokerUrl().then(start, (error) => {
  setText(find('#problem'), `The page can't find its broker: ${error}. Load it again.`);
});
