# aigw_sources(TARGET DIRECTORY): every .cpp below DIRECTORY but main.cpp.
function(aigw_sources target directory)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${directory}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(NOT sources)  # a layer that is still to come
    set(sources ${CMAKE_BINARY_DIR}/empty.cpp)
    file(WRITE ${sources} "")
  endif()
  target_sources(${target} PRIVATE ${sources})
endfunction()

# aigw_layer(NAME [SMALL] [DEPENDS layer...] [USES library...] [DIRECTORY dir]): one folder, one static library
# `aigw_NAME`. SMALL: off the data path, where size counts and speed does not.
# DEPENDS are layers it may include. USES are libraries whose door it is: their headers are visible here only.
function(aigw_layer name)
  cmake_parse_arguments(arg "SMALL" "DIRECTORY" "DEPENDS;USES" ${ARGN})
  if(NOT arg_DIRECTORY)
    set(arg_DIRECTORY src/${name})
  endif()
  add_library(aigw_${name} STATIC)
  aigw_sources(aigw_${name} ${arg_DIRECTORY})
  target_link_libraries(aigw_${name} PRIVATE aigw_standard)
  if(arg_SMALL)
    target_compile_options(aigw_${name} PRIVATE $<$<CONFIG:Release>:-Os>)
  endif()
  foreach(layer IN LISTS arg_DEPENDS)
    target_link_libraries(aigw_${name} PUBLIC aigw_${layer})
  endforeach()
  foreach(library IN LISTS arg_USES)
    target_link_libraries(aigw_${name} PRIVATE dep_${library})
  endforeach()
endfunction()

# aigw_program(TARGET): the program goes to the top of the build folder, stripped in a release.
function(aigw_program target)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  if(CMAKE_BUILD_TYPE STREQUAL Release)
    target_link_options(${target} PRIVATE -s)
    if(AIGW_STATIC)  # runs on any machine with this glibc, and maps less than the shared ones would
      target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
    endif()
  endif()
endfunction()
