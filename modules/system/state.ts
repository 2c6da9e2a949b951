/**
 * What an open setup page is told: one JSON text, written in pieces so that a whole one never stands in memory. Every scalar is a string;
 * "0" and "1" stand for no and yes. Values may change between two pieces: what comes out is well-formed all the same, and a fresh message
 * follows a change.
 */

import { describe } from "lws/core/error-words";
import type { ErrorCode } from "lws/core/errors";
import { Bytes } from "lws/platform/bytes";
import { Chip } from "lws/platform/chip";
import type { Rolled } from "lws/update/rollback";
import { type SlotLabel, slotInfo } from "lws/update/slot-info";
import Time from "time";
import type { Identity } from "./identity";
import type { Network } from "./network";
import type { Settings, SlotNumber } from "./settings";
import type { Slots } from "./slots";
import type { Update } from "./update";

/** What a page shows of the certificate that the unit presents. */
export interface CertificateView {
  readonly source: "none" | "self" | "own";
  readonly facts:
    | {
        readonly subject: string;
        readonly issuer: string;
        readonly names: string;
        readonly notAfter: number;
        readonly key: string;
        readonly fingerprint: string;
      }
    | undefined;
  /** Days until it ends; undefined while the clock is not set. */
  readonly days: number | undefined;
  /** Percent of the making of one; 100 while none is made. */
  readonly progress: number;
  readonly fault: ErrorCode | "";
  /** Clients are asked for certificates. */
  readonly clientAuthority: boolean;
}

/** Whether the network leads to the internet. */
export interface PortalView {
  /** "ok", "captive" or "no internet"; undefined while that is not known. */
  readonly verdict: string | undefined;
}

/** An image that a server offers. */
export interface UpdateOffer {
  readonly version: string;
  /** When it was built, for a person. */
  readonly date: string;
  /** Bytes that would be fetched. */
  readonly size: number;
  /** It is newer than what is installed. */
  readonly newer: boolean;
  /** It is a JavaScript part only. */
  readonly js: boolean;
}

/** What looks for updates on a server; its methods throw an LwsError that the page is told. */
export interface UpdateView {
  /** "waiting": nothing was asked yet. "fresh": {@link UpdateView.app} and {@link UpdateView.factory} are what the server offers. */
  readonly state: "off" | "waiting" | "checking" | "fresh" | "failed";
  /** Why the last check failed. */
  readonly error: ErrorCode | "";
  /** When the last check succeeded, in seconds since 1970; 0: none has. */
  readonly checked: number;
  /** Where updates are looked for; at most 200 characters, all of them printable ASCII. */
  readonly url: string;
  /** What is newer is installed without anybody asking for it. */
  readonly auto: boolean;
  readonly app: UpdateOffer | undefined;
  readonly factory: UpdateOffer | undefined;
  check(): void;
  install(what: "app" | "factory"): void;
  /** Stops a check, and an update that comes from the server. */
  cancel(): void;
  setAuto(on: boolean): void;
  setUrl(url: string): void;
}

/** Where the state is read. */
export interface StateSource {
  readonly identity: Identity;
  readonly settings: Settings;
  readonly slots: Slots;
  readonly network: Network;
  readonly button: { readonly pressed: boolean };
  readonly update: Pick<Update, "state" | "id" | "from">;
  /** Images that nobody has signed are taken, too. */
  readonly unsigned: boolean;
  readonly rolled: Rolled | undefined;
  /** Undefined in an image that does not look. */
  readonly portal: PortalView | undefined;
  /** Undefined in an image that looks for no updates. */
  readonly updates: UpdateView | undefined;
  /** Somebody stands in front of the unit. */
  readonly present: boolean;
  readonly boot: string;
  /** Time.ticks at the start of the image. */
  readonly started: number;
  /** Undefined in an image without TLS. */
  readonly certificates: CertificateView | undefined;
}

/** Most bytes of a piece. */
const PIECE = 512;

/** Steps of {@link StateMessage}: a piece each, `aps` several. */
const enum Step {
  identity,
  station,
  condition,
  update,
  latest,
  latestApplication,
  latestFactory,
  certificate,
  certificateFacts,
  factory,
  application,
  known,
  moreKnown,
  aps,
  done,
}

export class StateMessage {
  private source: StateSource;
  private step = Step.done;
  private ap = 0;

  /** Begins as done; {@link StateMessage.begin} starts a message. */
  constructor(source: StateSource) {
    this.source = source;
  }

  /** No piece is left. */
  get done(): boolean {
    return this.step === Step.done;
  }

  /** The next piece is the first of a message. */
  begin(): void {
    this.step = Step.identity;
    this.ap = 0;
  }

  /** The next piece, at most 512 bytes as UTF-8; undefined when none is left. */
  next(): string | undefined {
    switch (this.step) {
      case Step.identity:
        this.step = Step.station;
        return this.identity();
      case Step.station:
        this.step = Step.condition;
        return this.station();
      case Step.condition:
        this.step = Step.update;
        return this.condition();
      case Step.update:
        this.step = Step.latest;
        return this.update();
      case Step.latest:
        this.step = Step.latestApplication;
        return this.latest();
      case Step.latestApplication:
        this.step = Step.latestFactory;
        return `,"app":${offer(this.source.updates?.app)}`;
      case Step.latestFactory:
        this.step = this.source.certificates ? Step.certificate : Step.factory;
        return `,"factory":${offer(this.source.updates?.factory)}}`;
      case Step.certificate:
        this.step = Step.certificateFacts;
        return this.certificate();
      case Step.certificateFacts:
        this.step = Step.factory;
        return this.certificateFacts();
      case Step.factory:
        this.step = Step.application;
        return `,"img_factory":${image("factory")}`;
      case Step.application:
        this.step = Step.known;
        return `,"img_ota":${image("ota_0")}`;
      case Step.known:
        this.step = Step.moreKnown;
        return `,"known":[${this.known(0)},${this.known(1)}`;
      case Step.moreKnown:
        this.step = Step.aps;
        return `,${this.known(2)},${this.known(3)}],"aps":[`;
      case Step.aps: {
        const piece = this.aps();
        if (piece !== "") return piece;
        this.step = Step.done;
        return "]}";
      }
      default:
        return undefined;
    }
  }

  private identity(): string {
    const { identity, button, present } = this.source;
    return (
      `{"model":${quote(identity.model)},"serial":${quote(identity.serial)},"opts":${quote(identity.opts)},"host":${quote(identity.host)}` +
      `,"mac":${quote(identity.mac)},"forced_button":${flag(present)},"button":${flag(button.pressed)},"region":${quote(identity.region)}` +
      `,"group":${quote(identity.group)},"role":${quote(identity.role)}`
    );
  }

  private station(): string {
    const { network, portal } = this.source;
    const { address, ssid, phase, slot, reason } = network;
    return (
      `,"ssid":${quote(ssid)},"conn_ip":"${address?.address ?? ""}","conn_mask":"${address?.mask ?? ""}"` +
      `,"conn_gw":"${address?.gateway ?? ""}","inet":${flag(address !== undefined)},"cpd":"${portal?.verdict ?? ""}"` +
      `,"join":{"state":"${phase}","slot":"${slot ?? ""}","reason":"${reason}"}`
    );
  }

  private condition(): string {
    const { settings, started, boot } = this.source;
    return (
      `,"unixtime":"${Math.floor(Date.now() / 1000)}","storage":"${settings.health}"` +
      `,"reset":"${Chip.resetReason}","boot":"${boot}"` +
      `,"uptime":"${Math.floor((Time.delta(started) >>> 0) / 1000)}"${this.rights()}`
    );
  }

  /** What else is to be said to this reader alone: a member with the comma before it, at most 100 bytes. */
  protected rights(): string {
    return "";
  }

  private update(): string {
    const { update, unsigned, rolled } = this.source;
    const { state, id, from } = update;
    return (
      `,"update":{"state":"${state}","id":"${id}","from":"${from}"},"unsigned":${flag(unsigned)},"rolled":` +
      (rolled
        ? `{"app":${quote(rolled.info.app)},"version":${quote(rolled.info.git)},"reason":${quote(rolled.reason)},"start":${flag(rolled.canStart)}}`
        : "{}")
    );
  }

  private latest(): string {
    const view = this.source.updates;
    const error = view?.error ?? "";
    return (
      `,"latest":{"state":"${view?.state ?? "off"}","error":"${error === "" ? "" : describe(error)}","checked":"${view?.checked ?? 0}"` +
      `,"url":${clip(view?.url, 200)},"auto":${flag(view?.auto ?? false)}`
    );
  }

  private certificate(): string {
    const { source, facts, days } = this.source.certificates as CertificateView;
    const there = flag(source !== "none");
    return (
      `,"ssl_pub":${there},"ssl_pri":${there},"certdays":"${days ?? 0}","certsubject":${clip(facts?.subject, 64)}` +
      `,"certissuer":${clip(facts?.issuer, 64)}`
    );
  }

  private certificateFacts(): string {
    const { source, facts, progress, fault, clientAuthority } = this.source.certificates as CertificateView;
    return (
      `,"cert":{"source":"${source}","names":${clip(facts?.names, 120)},"until":"${facts?.notAfter ?? 0}"` +
      `,"key":"${facts?.key ?? ""}","print":"${facts?.fingerprint ?? ""}","progress":"${progress}"` +
      `,"fault":"${fault === "" ? "" : describe(fault)}","client":${flag(clientAuthority)}}`
    );
  }

  private known(n: SlotNumber): string {
    const { slots } = this.source;
    return `{"ssid":${quote(slots.ssid(n))},"pp":${flag(slots.secured(n))},"use":"${slots.use(n)}"}`;
  }

  /** As many access points as fit a piece. */
  private aps(): string {
    const { aps } = this.source.network;
    let piece = "";
    for (let ap = aps.at(this.ap); ap; ap = aps.at(++this.ap)) {
      const entry =
        `${this.ap > 0 ? "," : ""}{"ssid":${quote(ap.ssid)},"bssid":"${ap.bssid}","rssi":"${ap.rssi}"` +
        `,"chan":"${ap.channel}","auth":"${ap.auth}"}`;
      if (piece !== "" && Bytes.size(piece) + Bytes.size(entry) > PIECE) break;
      piece += entry;
    }
    return piece;
  }
}

/** A JSON string (RFC 8259 §7). The engine escapes what must be, halves of surrogate pairs too. */
function quote(text: string): string {
  return JSON.stringify(text);
}

/** The beginning of a text that may be too long for a piece. */
function clip(text = "", most: number): string {
  return quote(text.length > most ? `${text.slice(0, most)}…` : text);
}

function flag(on: boolean): string {
  return on ? '"1"' : '"0"';
}

function offer(offer: UpdateOffer | undefined): string {
  if (!offer) return "{}";
  const { version, date, size, newer, js } = offer;
  return `{"version":${clip(version, 31)},"date":${clip(date, 31)},"size":"${size}","newer":${flag(newer)},"js":${flag(js)}}`;
}

function image(label: SlotLabel): string {
  const info = slotInfo(label);
  return info ? JSON.stringify(info) : '{"date":"Empty"}';
}
