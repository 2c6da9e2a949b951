/** The wire of a connection to a broker. Its state is the broker, until that has let go of it. */
import { LwsError } from "lws/core/errors";
import type { Role } from "lws/core/role";
import type { Wsi } from "lws/core/wsi";
import type { MqttBroker } from "./broker";

export class MqttWire implements Role {
  readonly name = "mqtt";

  onRx(wsi: Wsi): void {
    (wsi.state as MqttBroker | undefined)?.receive(wsi);
  }
  onWriteable(wsi: Wsi): void {
    (wsi.state as MqttBroker | undefined)?.send(wsi);
  }
  onEnd(wsi: Wsi): void {
    wsi.drop();
  }
  onTimeout(wsi: Wsi): void {
    wsi.drop();
  }
  write(): void {
    throw new LwsError("WRITE_OUTSIDE_WRITEABLE");
  }
  close(wsi: Wsi): void {
    const broker = wsi.state as MqttBroker | undefined;
    if (broker) broker.close();
    else wsi.drop();
  }
  /** Something was thrown: that the broker has sent nonsense is said to its users. */
  onFailure(wsi: Wsi, error: unknown): boolean {
    (wsi.state as MqttBroker | undefined)?.fail(error instanceof LwsError ? error.code : "INTERNAL");
    return false;
  }
  onClosed(wsi: Wsi): void {
    (wsi.state as MqttBroker | undefined)?.fail("CONNECTION_LOST");
  }
}
