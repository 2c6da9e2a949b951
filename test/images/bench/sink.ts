/** The sink of the bench image: its uploads are small, for a body that is too large must be refused somewhere. */
import { Sink } from "shared/sink";

export class BenchSink extends Sink {
  static override readonly protocol: string = "bench-sink";
  override readonly bodyLimit = 100000;
}
