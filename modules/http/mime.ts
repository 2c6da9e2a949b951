/** Media types by suffix; a file of another suffix is not served. */
export function mediaType(path: string): string | undefined {
  switch (path.slice(path.lastIndexOf(".") + 1).toLowerCase()) {
    case "html":
    case "htm":
    case "shtml":
      return "text/html; charset=utf-8";
    case "js":
    case "mjs":
      return "text/javascript; charset=utf-8";
    case "css":
      return "text/css; charset=utf-8";
    case "json":
      return "application/json";
    case "txt":
      return "text/plain; charset=utf-8";
    case "xml":
      return "application/xml";
    case "svg":
      return "image/svg+xml";
    case "png":
      return "image/png";
    case "jpg":
    case "jpeg":
      return "image/jpeg";
    case "gif":
      return "image/gif";
    case "ico":
      return "image/x-icon";
    case "webmanifest":
      return "application/manifest+json";
    case "woff2":
      return "font/woff2";
    case "wasm":
      return "application/wasm";
    case "zip":
      return "application/zip";
    case "gz":
      return "application/gzip";
    case "bin":
      return "application/octet-stream";
    default:
      return undefined;
  }
}
