/** What a unit in setup asks others for: names, the time, and updates. One that has come for an update looks as soon as it can. */
import { Updates } from "lws/client/updates";
import type { Setup } from "lws/system/setup";
import { Outside } from "./outside";

/** Begins as soon as the network is there. */
export function startUpdates(setup: Setup): void {
  const outside = new Outside(setup);
  const hurry = setup.errand === "update" ? { first: 1 } : {};
  const updates = new Updates({ ...hurry, setup, resolver: () => outside.names });
  setup.updates = updates;
  setup.listen(updates);
  setup.listen(outside);
}
