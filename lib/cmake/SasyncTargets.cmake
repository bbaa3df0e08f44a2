# How every target of the project is made: the language level, the warnings, the sanitizers, the layers and the tools.
include(GNUInstallDirs)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

option(SASYNC_WARNINGS_AS_ERRORS "Stop at warnings" ${PROJECT_IS_TOP_LEVEL})
option(SASYNC_COVERAGE "Instrument for source-based coverage (Clang)" OFF)

# Warnings and sanitizers are linked privately, so whoever uses the library keeps their own.
add_library(sasync_options INTERFACE)
target_compile_features(sasync_options INTERFACE cxx_std_23)
target_compile_options(sasync_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
                                                -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Wundef)
# GCC 12 sees an overlap in std::string's own operator+ when it optimises (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(sasync_options INTERFACE -Wno-restrict -Wno-stringop-overread -Wno-stringop-overflow)
endif()
if(SASYNC_WARNINGS_AS_ERRORS)
  target_compile_options(sasync_options INTERFACE -Werror)
endif()

# What changes the code itself: whoever links one such object must link with the same flags.
set(SASYNC_INSTRUMENTATION "")
if(SASYNC_SANITIZE)
  list(APPEND SASYNC_INSTRUMENTATION -fsanitize=${SASYNC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
endif()
if(SASYNC_COVERAGE)
  list(APPEND SASYNC_INSTRUMENTATION -fprofile-instr-generate -fcoverage-mapping)
endif()
# So that fuzz targets can leave out what they do not use (fuzz/CMakeLists.txt).
if(SASYNC_FUZZ_ENGINE AND NOT SASYNC_COVERAGE)
  target_compile_options(sasync_options INTERFACE -ffunction-sections -fdata-sections)
endif()
target_compile_options(sasync_options INTERFACE ${SASYNC_INSTRUMENTATION})
target_link_options(sasync_options INTERFACE ${SASYNC_INSTRUMENTATION})

# sasync_layer(NAME sources... BELOW layers and libraries... PRIVATE libraries...)
# One static library a layer. Its headers have an include root of their own (lib/NAME/sasync/NAME/), and only the
# layers named BELOW are seen from it: an include that points upwards does not compile (tests/layers proves it).
# A library named here that is found by find_package or pkg-config is also needed by whoever links the installed
# archive: name it in sasync-config.cmake.in too, or, when it is headers only, write $<BUILD_INTERFACE:it>.
function(sasync_layer name)
  cmake_parse_arguments(ARG "" "" "BELOW;PRIVATE" ${ARGN})
  add_library(sasync_${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  add_library(sasync::${name} ALIAS sasync_${name})
  set_target_properties(sasync_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_compile_features(sasync_${name} PUBLIC cxx_std_23)
  target_include_directories(sasync_${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/${name}>
                                                   $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(sasync_${name} PUBLIC ${ARG_BELOW} PRIVATE ${ARG_PRIVATE} $<BUILD_INTERFACE:sasync_options>)
  install(TARGETS sasync_${name} EXPORT sasync ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/${name}/sasync DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
          FILES_MATCHING PATTERN *.hpp)
  set_property(GLOBAL APPEND PROPERTY SASYNC_LAYERS ${name})
endfunction()

# sasync_tool(NAME sources... USES libraries...): a command-line tool, built into bin/ and installed.
function(sasync_tool name)
  cmake_parse_arguments(ARG "" "" "USES" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_USES} sasync_options)
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# sasync_export(): after the last layer. Makes sasync::sasync, which is all layers, and what find_package(sasync) reads.
function(sasync_export)
  include(CMakePackageConfigHelpers)
  get_property(layers GLOBAL PROPERTY SASYNC_LAYERS)
  list(TRANSFORM layers PREPEND sasync_)
  add_library(sasync INTERFACE)
  add_library(sasync::sasync ALIAS sasync)
  target_link_libraries(sasync INTERFACE ${layers})

  set(destination ${CMAKE_INSTALL_LIBDIR}/cmake/sasync)
  install(TARGETS sasync EXPORT sasync)
  install(EXPORT sasync NAMESPACE sasync:: FILE sasync-targets.cmake DESTINATION ${destination})
  configure_package_config_file(${PROJECT_SOURCE_DIR}/lib/cmake/sasync-config.cmake.in sasync-config.cmake
                                INSTALL_DESTINATION ${destination} NO_SET_AND_CHECK_MACRO)
  write_basic_package_version_file(sasync-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/sasync-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/sasync-config-version.cmake
          DESTINATION ${destination})
endfunction()
