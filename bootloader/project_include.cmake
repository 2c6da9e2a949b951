# ESP-IDF builds its boot loader as a project of its own. Our component "main" takes the place of the one there.
idf_build_set_property(BOOTLOADER_EXTRA_COMPONENT_DIRS "${CMAKE_CURRENT_LIST_DIR}/subproject/main" APPEND)
include("$ENV{IDF_PATH}/components/bootloader/project_include.cmake")
