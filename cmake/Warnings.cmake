# What every target of ours is compiled with. Libraries come in as SYSTEM includes and are not judged by it.
add_library(aigw_standard INTERFACE)
target_compile_options(aigw_standard INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fno-strict-aliasing)
target_include_directories(aigw_standard INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR})

if(AIGW_SANITIZE)
  add_compile_options(-fsanitize=${AIGW_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${AIGW_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL Release)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fno-plt -ffunction-sections -fdata-sections)
  add_link_options(-pie -Wl,-z,relro,-z,now -Wl,--gc-sections)
  include(CheckLinkerFlag)
  check_linker_flag(CXX "-Wl,-z,pack-relative-relocs" AIGW_LINKER_PACKS_RELOCATIONS)
  if(AIGW_LINKER_PACKS_RELOCATIONS)
    add_link_options(-Wl,-z,pack-relative-relocs)  # 24 bytes each become a few bits
  endif()
endif()
