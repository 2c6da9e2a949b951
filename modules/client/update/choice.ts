/** What of a manifest is for this unit: what is newer than that which is installed, and whether a JavaScript part will do. */
import Hex from "hex";
import { Boot, Partition } from "lws/platform/flash";
import type { UpdateOffer } from "lws/system/state";
import { newestPart } from "lws/update/areas";
import { slotInfo } from "lws/update/slot-info";
import { digestIn, readTrailer } from "lws/update/trailer";
import { compareVersions, parseVersion, type Version } from "lws/update/version";
import type { Manifest, Release } from "./manifest";

export interface Choice {
  readonly release: Release;
  readonly offer: UpdateOffer;
}

const SLOT = "ota_0";

/** The application that is installed. */
interface Installed {
  /** Undefined where there is none that would run. */
  readonly version: Version | undefined;
  /** What a JavaScript part for it has to go over; "": none can. */
  readonly base: string;
}

function choice(release: Release, installed: Version | undefined, js: boolean): Choice {
  const newer = installed === undefined || compareVersions(release.numbers, installed) > 0;
  const { version, date, size } = release;
  return { release, offer: { version, date, size, newer, js } };
}

export function chooseSetup({ factory }: Manifest): Choice | undefined {
  const git = slotInfo("factory")?.git;
  return factory && choice(factory, git === undefined ? undefined : parseVersion(git), false);
}

/** A JavaScript part is taken where it goes over the application that is there and makes it as new as the whole one would. */
export function chooseApplication({ app, javascript }: Manifest): Choice | undefined {
  const installed = installedApplication();
  let part: Release | undefined;
  for (const each of javascript) {
    const fits = each.base === installed.base && (!app || compareVersions(each.numbers, app.numbers) >= 0);
    if (fits && (!part || compareVersions(each.numbers, part.numbers) > 0)) part = each;
  }
  const release = part ?? app;
  return release && choice(release, installed.version, part !== undefined);
}

function installedApplication(): Installed {
  const info = slotInfo(SLOT);
  if (!info || info.factory === "y") return { version: undefined, base: "" };
  const slot = new Partition(SLOT);
  try {
    const trailer = readTrailer(slot);
    const part = newestPart(slot);
    const above = part && !part.aborted ? slotInfo(SLOT, part.offset) : undefined;
    const state = Boot.state(SLOT);
    // Where power failed between the last byte of an image and its selection, or in a change of its state, it is whole but nothing boots it.
    if (state === "") return { version: undefined, base: "" };
    const isGivenUp = state === "aborted" || state === "invalid";
    return {
      version: parseVersion((above ?? info).git),
      base: trailer && !isGivenUp ? Hex.toString(digestIn(trailer)).toLowerCase() : "",
    };
  } finally {
    slot.close();
  }
}
