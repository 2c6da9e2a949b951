/*
 * Property names that the SDK's data modules use. The SDK's tools number them at build time; here the machine does, at the first use.
 */
#ifndef LWS_XS_MC_XS_H
#define LWS_XS_MC_XS_H

extern xsIdentifier js_id(xsMachine *the, const char *name);

#define xsID_fatal js_id(the, "fatal")
#define xsID_ignoreBOM js_id(the, "ignoreBOM")
#define xsID_input js_id(the, "input")
#define xsID_level js_id(the, "level")
#define xsID_maxVersion js_id(the, "maxVersion")
#define xsID_onData js_id(the, "onData")
#define xsID_onEnd js_id(the, "onEnd")
#define xsID_size js_id(the, "size")
#define xsID_strategy js_id(the, "strategy")
#define xsID_stream js_id(the, "stream")
#define xsID_windowBits js_id(the, "windowBits")

#endif
