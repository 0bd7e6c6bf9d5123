import { MarshallerHub, ReliableRtcHub, WebSocketHub, WebSocketRegistryClient } from '../index.ts';
import { BrokerLink } from './broker-link.ts';
import { randomId } from './files/transfers.ts';
import { Lobby } from './lobby.ts';
import { roomsOf } from './occupants.ts';
import { Room } from './room.ts';
import { readStun } from './stun.ts';
import { find, setBadge, setText } from './view/dom.ts';
import { LobbyView } from './view/lobby-view.ts';
import { placeOf, roomHash } from './view/location.ts';
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

/** The page's broker is the one that served it. */
async function brokerUrl(): Promise<string> {
  const { path } = await (await fetch('broker.json')).json();
  const url = new URL(location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  url.pathname = path;
  url.search = '';
  url.hash = '';
  return url.href;
}

function start(url: string): void {
  const stun = readStun(location.search, (configuration) => new RTCPeerConnection(configuration).close());
  const eva = `page-${randomId().slice(0, 12)}`;
  const broker = new BrokerLink(url, () => renderBroker());
  const webSocketHub = new WebSocketHub(broker);
  const hub = new MarshallerHub(
    new ReliableRtcHub(webSocketHub, { rtcConfiguration: stun.rtcConfiguration }),
  );
  const rpc = webSocketHub.openEndpoint(eva).getWebSocketRpc();
  rpc.onConnectionOpen(broker.loggedIn);

  let room: Room | undefined;
  let roomView: RoomView | undefined;
  let refusal = '';
  let placeProblem = '';

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
    onRefusal: (reason) => {
      refusal = reason;
      renderBroker();
    },
  });

  function renderBroker(): void {
    setBadge(find('#broker .badge'), broker.state);
    const brokerProblem =
      broker.state === 'away' ? brokerIsAway() : refusal && `The broker refuses: ${refusal}. Trying again…`;
    const problems = [brokerProblem, placeProblem, stun.problem];
    setText(find('#problem'), problems.filter((problem) => problem !== '').join('\n'));
  }

  function brokerIsAway(): string {
    const missing = `The broker at ${url} can't be reached. Trying again…`;
    return room === undefined
      ? missing
      : `${missing} Whoever you are connected to still hears you; nobody new can join.`;
  }

  function enter(name: string): void {
    const person = lobbyView.person || guest;
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
    const { room: name, problem = '' } = placeOf(location.hash);
    if (name === room?.name && name !== undefined) return;
    leave();
    placeProblem = problem;
    lobbyView.show(name === undefined);
    if (name !== undefined) enter(name);
    renderBroker();
  }

  addEventListener('hashchange', follow);
  // Before the library's own listener, which ends the connections.
  addEventListener('pagehide', () => room?.leave(), { capture: true });
  // A page that comes back out of the browser's memory has said goodbye.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload();
  });
  document.addEventListener('visibilitychange', () => lobby.look());
  follow();
  lobby.look();
}

brokerUrl()
  .then(start)
  .catch((error) => setText(find('#problem'), `The page can't start: ${error}. Load it again.`));
