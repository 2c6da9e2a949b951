/* What our natives use of the header that mcconfig makes of the manifests' `defines`. */
#pragma once

#define MODDEF_LWS_HEAP_JS 114688
