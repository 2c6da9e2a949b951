/** A download whose file can't even be asked for: at its beginning, and when it is to go on. */
import type { FileCaller } from "lws/client/update/fetch";
import type { Release } from "lws/client/update/manifest";
import { UpdateTransfer } from "lws/client/update/transfer";
import { Context } from "lws/core/context";
import { LwsError } from "lws/core/errors";
import type { Update } from "lws/system/update";
import { after, equal, test, throws } from "./harness";

const { scheduler } = new Context({ rxBuffer: 64, txBuffer: 64 });

class Bed {
  readonly log: string[] = [];
  /** Requests that are refused. */
  refusals = 0;
  caller: FileCaller | undefined = undefined;
  transfer: UpdateTransfer | undefined = undefined;

  begin(): void {
    const { log } = this;
    const update = {
      received: 0,
      state: "receiving",
      id: "",
      begin(_feeder: unknown, { id }: { id: string }) {
        update.id = id;
        log.push("begin");
      },
      pause() {
        update.state = "paused";
        log.push("pause");
      },
      resume() {
        update.state = "receiving";
      },
      fail(_feeder: unknown, error: LwsError) {
        log.push("fail");
        return error;
      },
      abandon: () => log.push("abandon"),
    };
    const fetcher = {
      fetch: (_wanted: unknown, caller: FileCaller) => {
        if (this.refusals-- > 0) throw new LwsError("TLS_NO_MEMORY");
        log.push("fetch");
        this.caller = caller;
        return { cancel() {} };
      },
      close() {},
    };
    this.transfer = new UpdateTransfer({
      ...{ scheduler, fetcher, base: "https://a", release: { file: "b", size: 9 } as Release, waits: [1, 1, 1] },
      update: update as unknown as Update,
      onOver: (error) => log.push(`over ${error?.code}`),
    });
  }
  lose(): void {
    this.caller?.onFailed({ status: 0, bodyLength: 0, header: () => undefined }, "CONNECTION_LOST");
  }
}

test("transfer: where the first request can't be made, nothing has begun", () => {
  const bed = new Bed();
  bed.refusals = 1;
  throws(() => bed.begin(), "TLS_NO_MEMORY");
  equal(bed.log.join(), "begin,abandon");
});

test("transfer: a later one that can't be made is tried again, but not for ever", async () => {
  const bed = new Bed();
  bed.begin();
  bed.refusals = 1;
  bed.lose();
  await after(30);
  equal(bed.log.splice(0).join(), "begin,fetch,pause,pause,fetch");
  bed.refusals = 9;
  bed.lose();
  await after(30);
  equal(bed.log.join(), "pause,fail,over TLS_NO_MEMORY");
});
