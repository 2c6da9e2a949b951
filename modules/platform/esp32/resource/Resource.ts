/**
 * In place of the SDK's module, which knows files by their last name only. The SDK's tools cut folders off, so manifests write "@" for the
 * "/" in a path: "www@*" holds what is "www/index.html" here.
 */
export default class Resource extends Native("lws_resource_destructor") {
  constructor(path: string) {
    super();
    native("lws_resource").call(this, path);
  }
  static exists(path: string): boolean {
    return native("lws_resource_exists").call(this, path);
  }
  get byteLength(): number {
    return native("lws_resource_get_byteLength").call(this);
  }
  slice(begin: number, end?: number, copy?: boolean): unknown {
    return native("lws_resource_slice").call(this, begin, end, copy);
  }
}
