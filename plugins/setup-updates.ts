/** What a unit in setup asks others for: names, the time, and updates. One that has come for an update looks as soon as it can. */
import type { Resolver } from "lws/client/resolver";
import type { FetcherMaker } from "lws/client/update-fetch";
import { Updates } from "lws/client/updates";
import type { Setup } from "lws/system/setup";
import type { Unit } from "lws/system/unit";
import { Outside } from "./outside";

/** Begins to look whether there is internet, and returns what fetches updates. */
export type SetupStreams = (unit: Unit, resolver: () => Resolver) => FetcherMaker;

/** Begins as soon as the network is there. */
export function startUpdates(setup: Setup, streams?: SetupStreams): void {
  const outside = new Outside(setup);
  const hurry = setup.errand === "update" ? { first: 1 } : {};
  const resolver = () => outside.names;
  const fetcher = streams?.(setup, resolver);
  const updates = new Updates({ ...hurry, setup, resolver, ...(fetcher && { fetcher }) });
  setup.updates = updates;
  setup.listen(updates);
}
