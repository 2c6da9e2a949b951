/** The words of the catalogue of errors. */
import type { ErrorCode } from "./errors";

/** What went wrong, in words for a person. */
export function describe(code: ErrorCode): string {
  switch (code) {
    case "WRITE_OUTSIDE_WRITEABLE":
      return "a write outside a writeable callback";
    case "SECOND_WRITE":
      return "a second write in one writeable callback";
    case "WRITE_AFTER_END":
      return "a write after the end of the message";
    case "WSI_CLOSED":
      return "the connection is closed";
    case "NO_PROTOCOL":
      return "no such protocol on this vhost";
    case "BAD_OPTION":
      return "an option has a value that it can't have";
    case "BAD_REQUEST":
      return "the request is malformed";
    case "BAD_FRAMING":
      return "the length of the body is not stated in one clear way";
    case "BAD_HOST":
      return "the Host header is missing or malformed";
    case "UNAUTHORIZED":
      return "this needs a user name and a password";
    case "FORBIDDEN":
      return "this is not allowed";
    case "NOT_FOUND":
      return "there is nothing here";
    case "METHOD_NOT_ALLOWED":
      return "this method can't be used here";
    case "REQUEST_TIMEOUT":
      return "the request took too long to arrive";
    case "LENGTH_REQUIRED":
      return "the length of the body must be stated";
    case "BODY_TOO_LARGE":
      return "the body is too large";
    case "TARGET_TOO_LONG":
      return "the address is too long";
    case "MEDIA_TYPE":
      return "this type of content can't be used here";
    case "PRECONDITION":
      return "the file is not the one that was expected";
    case "RANGE":
      return "the file has no such range";
    case "EXPECTATION":
      return "the expectation can't be met";
    case "MISDIRECTED":
      return "the host of the request is not served here";
    case "UPGRADE_REQUIRED":
      return "this WebSocket version is not supported";
    case "TOO_MANY_REQUESTS":
      return "too many attempts";
    case "HEADERS_TOO_LARGE":
      return "the headers are too large";
    case "INTERNAL":
      return "the server failed";
    case "NOT_IMPLEMENTED":
      return "this method or coding is not implemented";
    case "OVERLOADED":
      return "the server is busy";
    case "HTTP_VERSION":
      return "this HTTP version is not supported";
    case "CONNECT_REFUSED":
      return "the server behind this one accepts no connection";
    case "CONNECT_UNREACHABLE":
      return "the server behind this one can't be reached";
    case "CONNECT_TIMEOUT":
      return "the server behind this one could not be reached in time";
    case "NO_SOCKET":
      return "no connection is free";
    case "CONNECTION_LOST":
      return "the server behind this one broke the connection off";
    case "BAD_ANSWER":
      return "the answer of the server behind this one is malformed";
    case "ANSWER_TIMEOUT":
      return "the server behind this one takes too long to answer";
    case "PROXY_LOOP":
      return "the request has come back to where it was";
    case "RESOLVE_FAILED":
      return "the address of the server could not be found out";
    case "RESOLVE_NO_NAME":
      return "there is no server of this name";
    case "BAD_REDIRECT":
      return "the server leads elsewhere in a way that is not followed";
    case "ARCHIVE_DAMAGED":
      return "the archive is damaged";
    case "ARCHIVE_METHOD":
      return "the archive uses a method that is not supported";
    case "WS_PROTOCOL_ERROR":
      return "a frame breaks the WebSocket protocol";
    case "WS_BAD_DATA":
      return "a text message is not UTF-8";
    case "WS_TOO_BIG":
      return "the message is too big";
    case "WS_FOREIGN_ORIGIN":
      return "pages of another origin may not connect";
    case "WS_REFUSED":
      return "the server does not open a WebSocket there";
    case "WS_BAD_HANDSHAKE":
      return "what the server agrees to is not what it was asked for";
    case "MQTT_REFUSED":
      return "the broker refuses us";
    case "MQTT_UNAUTHORIZED":
      return "the broker does not take our name and password, or does not let us in";
    case "MQTT_NO_SUBSCRIPTION":
      return "the broker does not let us subscribe to the topic";
    case "BAD_MESSAGE":
      return "the message is not understood";
    case "BAD_SLOT":
      return "there is no such slot";
    case "BAD_SSID":
      return "a network name has 1 to 32 bytes";
    case "BAD_PASSPHRASE":
      return "a passphrase has 8 to 63 characters, or is a key of 64 hex digits";
    case "BAD_PASSWORD":
      return "a password has 8 to 63 characters";
    case "WRONG_PASSWORD":
      return "this is not the password";
    case "LOGIN_REQUIRED":
      return "log in first";
    case "BAD_NAME":
      return "this name is too long or has characters that it can't have";
    case "STORAGE_FULL":
      return "the settings memory is full";
    case "STORAGE_FAILED":
      return "the settings memory can't be read or written";
    case "TLS_PROTOCOL":
      return "what came is no TLS, or breaks its rules";
    case "TLS_NO_COMMON":
      return "the two sides have no version, cipher or protocol in common";
    case "TLS_ALERT":
      return "the other side has given up";
    case "TLS_NO_MEMORY":
      return "there is no memory left for TLS";
    case "TLS_NO_CERTIFICATE":
      return "the other side has shown no certificate";
    case "TLS_UNKNOWN_CA":
      return "nobody who is trusted vouches for the certificate";
    case "TLS_SELF_SIGNED":
      return "the certificate vouches for itself only";
    case "TLS_WRONG_NAME":
      return "the certificate is for another name";
    case "TLS_EXPIRED":
      return "the certificate of the other side has expired";
    case "TLS_NOT_YET_VALID":
      return "the certificate of the other side is not valid yet";
    case "TLS_WRONG_USAGE":
      return "the certificate of the other side is not for this use";
    case "TLS_BAD_CERTIFICATE":
      return "the certificate of the other side is damaged or weak";
    case "TLS_UNKNOWN_NAME":
      return "there is no certificate for the name that was asked for";
    case "STREAM_UNKNOWN":
      return "the policy has no such stream type";
    case "STREAM_UNSUPPORTED":
      return "nothing is linked that this stream type needs";
    case "STREAM_REFUSED":
      return "the user of the stream does not want it";
    case "STREAM_IN_CALLBACK":
      return "this can't be done from inside a callback of the stream";
    case "STREAM_GONE":
      return "the stream is destroyed";
    case "STREAM_BAD_VALUE":
      return "a value is missing, or has characters that it can't have";
    case "STREAM_TAKEN":
      return "another stream, or something else, is there already";
    case "STREAM_NO_PORT":
      return "the port can't be opened";
    case "STREAM_NO_VHOST":
      return "there is no such vhost";
    case "STREAM_NO_SINK":
      return "there is no sink for this stream type";
    case "TRUST_STORE_UNKNOWN":
      return "the policy has no such trust store";
    case "TRUST_STORE_FULL":
      return "too many streams use the trust store";
    case "POLICY_SYNTAX":
      return "the policy is no JSON, or incomplete";
    case "POLICY_TOO_LARGE":
      return "the policy is too large, or has too many of something";
    case "POLICY_SCHEMA":
      return "the policy is for newer firmware";
    case "POLICY_PRODUCT":
      return "the policy is for another product";
    case "POLICY_SOURCE":
      return "a policy comes only from a server that a trust store vouches for";
    case "POLICY_UNAVAILABLE":
      return "no server has given the policy";
    case "POLICY_UNKNOWN_KEY":
      return "the policy has a key that there is not";
    case "POLICY_TWICE":
      return "the policy says something twice";
    case "POLICY_BAD_VALUE":
      return "a value of the policy is not one that may stand there";
    case "POLICY_INCOMPLETE":
      return "something is missing in the policy";
    case "POLICY_CONTRADICTION":
      return "the policy contradicts itself";
    case "POLICY_UNDEFINED":
      return "the policy names what is not defined before";
    case "POLICY_BAD_CERTIFICATE":
      return "a certificate or key of the policy can't be used";
    case "POLICY_REPLACED":
      return "the policy was replaced meanwhile";
    case "CERT_MALFORMED":
      return "the certificate is damaged, or no certificate";
    case "CERT_TRUNCATED":
      return "the certificate is incomplete";
    case "CERT_TOO_LARGE":
      return "the certificates are too large, or too many";
    case "CERT_UNSUPPORTED":
      return "the certificate uses a key, a signature or an extension that this device does not know";
    case "CERT_WEAK":
      return "the certificate has a weak key or a weak signature";
    case "CERT_ORDER":
      return "the certificates do not form a chain: each must be followed by that of its issuer";
    case "CERT_WRONG_USAGE":
      return "the certificate is not for this use";
    case "CERT_EXPIRED":
      return "a certificate has expired";
    case "CERT_NOT_YET_VALID":
      return "a certificate is not valid yet";
    case "KEY_MALFORMED":
      return "the key is damaged, or no private key";
    case "KEY_TRUNCATED":
      return "the key is incomplete";
    case "KEY_TOO_LARGE":
      return "the key is too large";
    case "KEY_ENCRYPTED":
      return "the key is protected by a password";
    case "KEY_UNSUPPORTED":
      return "the key is of a kind that this device does not know";
    case "KEY_WEAK":
      return "the key is too weak";
    case "KEY_MISMATCH":
      return "the key is not the one of the certificate";
    case "CLIENT_CA_DAMAGED":
      return "who vouches for clients is damaged: hold the button while switching on, then remove or upload it again";
    case "UPDATE_BUSY":
      return "another update is under way";
    case "UPDATE_NO_SLOT":
      return "an application is updated from the setup page only";
    case "UPDATE_TOO_LARGE":
      return "the image does not fit the slot";
    case "UPDATE_NOT_IMAGE":
      return "the file is not a firmware image";
    case "UPDATE_WRONG_CHIP":
      return "the image is for another chip";
    case "UPDATE_WRONG_MODEL":
      return "the image is for another model";
    case "UPDATE_WRONG_KIND":
      return "this is no kind of image that can be installed";
    case "UPDATE_WRONG_BASE":
      return "this goes over another application than the one that is installed";
    case "UPDATE_TOO_OLD":
      return "the image is older than what this device still takes";
    case "UPDATE_TRUNCATED":
      return "the image is incomplete";
    case "UPDATE_DAMAGED":
      return "the image is damaged";
    case "UPDATE_NO_TRAILER":
      return "the image is not signed";
    case "UPDATE_UNKNOWN_KEY":
      return "the image is signed by somebody whom this device does not know";
    case "UPDATE_BAD_SIGNATURE":
      return "the signature of the image is wrong";
    case "UPDATE_OFFSET":
      return "the upload can't go on from there";
    case "UPDATE_CANCELLED":
      return "the update was cancelled";
    case "UPDATE_FLASH":
      return "the flash memory failed";
    case "UPDATE_NO_SERVER":
      return "no update server is set, or nobody who may vouch for it";
    case "UPDATE_MANIFEST":
      return "the update server's list of updates is malformed";
    case "UPDATE_MANIFEST_SIGNATURE":
      return "the update server's list of updates is not signed by the maker of this device";
    case "UPDATE_REFUSED":
      return "the update server refused";
    case "UPDATE_REDIRECT":
      return "the update server leads elsewhere, which is not followed";
    case "UPDATE_LENGTH":
      return "the update server's file has another length than its list says";
    case "UPDATE_STALLED":
      return "the update server was too slow, too often";
  }
}
