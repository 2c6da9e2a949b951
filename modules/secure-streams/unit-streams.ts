/** What a unit uses streams for by itself: it finds out whether its network leads to the internet, and fetches updates. What that takes is there while it is done. */
import Resource from "Resource";
import type { Resolver } from "lws/client/resolver";
import type { FetcherMaker } from "lws/client/update-fetch";
import { parseUrl } from "lws/client/url";
import { Bytes } from "lws/platform/bytes";
import type { Settings } from "lws/system/settings";
import type { Unit } from "lws/system/unit";
import { CaptivePortalDetect } from "./captive-portal";
import { H1Streams } from "./h1";
import type { Policy } from "./policy";
import { Streams } from "./streams";
import { StreamFetcher } from "./update-streams";

const RESOURCE = "cpd/url";

/** What answers 204 where there is internet, by http; "" where nothing is set: a unit asks no stranger that its maker has not chosen. */
function portalUrl(settings: Settings): string {
  let text = settings.get("cpd-url");
  if (text === "" && Resource.exists(RESOURCE)) {
    const resource = new Resource(RESOURCE);
    text = Bytes.latin1(resource, 0, resource.byteLength).trim();
  }
  return parseUrl(text)?.secure === false ? text : "";
}

/** Looks for captive portals where that is set, and returns what fetches updates. */
export function unitStreams(policy: Policy, unit: Unit, resolver: () => Resolver): FetcherMaker {
  const { context, settings } = unit;
  const url = portalUrl(settings);
  if (url !== "") {
    const streams = () => new Streams({ context, policy, adapters: { h1: new H1Streams({ resolver: resolver() }) } });
    unit.portal = new CaptivePortalDetect({ unit, streams, url: () => url });
  }
  return (ways) => new StreamFetcher(policy, ways);
}
