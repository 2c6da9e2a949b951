/** The transitions that are legal, as a table to read. */
import { StreamState, stateName } from "lws/secure-streams/states";

export const lastState = StreamState.sinkPart;

const table = `
none: CREATING DESTROYING
CREATING: CONNECTING TIMEOUT POLL SERVER_UPGRADE DESTROYING
DISCONNECTED: CONNECTING CONNECTED TIMEOUT POLL UNREACHABLE ALL_RETRIES_FAILED DESTROYING
UNREACHABLE: ALL_RETRIES_FAILED TIMEOUT POLL UNREACHABLE CONNECTING CONNECTED DESTROYING
AUTH_FAILED: ALL_RETRIES_FAILED TIMEOUT CONNECTING DISCONNECTED DESTROYING
CONNECTED: SERVER_UPGRADE SERVER_TXN AUTH_FAILED QOS_ACK_REMOTE QOS_NACK_REMOTE QOS_ACK_LOCAL QOS_NACK_LOCAL DISCONNECTED TIMEOUT CONNECTING POLL DESTROYING
CONNECTING: UNREACHABLE AUTH_FAILED CONNECTING CONNECTED QOS_ACK_REMOTE QOS_NACK_REMOTE TIMEOUT POLL ALL_RETRIES_FAILED DISCONNECTED DESTROYING
POLL: CONNECTING TIMEOUT ALL_RETRIES_FAILED DESTROYING
ALL_RETRIES_FAILED: CONNECTING POLL TIMEOUT UNREACHABLE DESTROYING
QOS_ACK_REMOTE: DISCONNECTED TIMEOUT CONNECTING DESTROYING + QOS_ACK_REMOTE QOS_NACK_REMOTE
QOS_NACK_REMOTE: DISCONNECTED TIMEOUT DESTROYING + QOS_ACK_REMOTE QOS_NACK_REMOTE
QOS_ACK_LOCAL: DISCONNECTED TIMEOUT DESTROYING
QOS_NACK_LOCAL: TIMEOUT DESTROYING
TIMEOUT: CONNECTING CONNECTED QOS_ACK_REMOTE QOS_NACK_REMOTE POLL TIMEOUT DISCONNECTED UNREACHABLE SERVER_TXN SERVER_UPGRADE DESTROYING
SERVER_TXN: DISCONNECTED TIMEOUT SERVER_TXN SERVER_UPGRADE DESTROYING
SERVER_UPGRADE: SERVER_UPGRADE SERVER_TXN TIMEOUT DISCONNECTED DESTROYING
`;

/** Names of the states that may follow `last`; what stands behind a plus sign, with MQTT only. */
export function legal(last: StreamState, mqtt: boolean): string[] {
  const name = stateName(last);
  const line = table.split("\n").find((each) => each.startsWith(`${name}: `));
  if (!line) return [];
  const [always = "", more = ""] = line.slice(name.length + 2).split(" + ");
  return `${always} ${mqtt ? more : ""}`.split(" ").filter((each) => each !== "");
}

/** The state of a name. */
export function stateOf(name: string): StreamState {
  for (let state = StreamState.none; state <= lastState; state++) if (stateName(state) === name) return state;
  throw new Error(`there is no state ${name}`);
}

/** Returns what is wrong with what a user has heard; "" for nothing. */
export function wrong(said: string[], isMqtt: boolean): string {
  let [last, ups] = [StreamState.none as StreamState, 0];
  for (const word of said) {
    const name = word.split("/")[0] as string;
    if (/^(?:rx|tx)\(/.test(name)) {
      if (ups !== 1) return `${name} without a connection`;
      continue;
    }
    if (!legal(last, isMqtt).includes(name)) return `${name} behind ${stateName(last)}`;
    last = stateOf(name);
    if (last === StreamState.connected) ups++;
    if (last === StreamState.disconnected) ups--;
    if (ups < 0 || ups > 1) return `${name} is not balanced`;
    if (last === StreamState.destroying && ups !== 0) return "it was destroyed while connected";
  }
  return "";
}
