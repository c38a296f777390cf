set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

option(HEARTH_WERROR "Warnings are errors (CI)" ON)
set(HEARTH_SANITIZER "" CACHE STRING "address or thread")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

# Our own code is held to these; hearth_library and its kin add them, generated code is spared.
# Not -Wnull-dereference: gcc 12 at -O3 finds null pointers in the standard library and in Asio that are none.
set(HEARTH_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough)
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR HEARTH_SANITIZER)
  # Once gcc 12 inlines enough, it takes inactive members of a std::variant for unset ones and "a" + std::string for
  # an overlap (gcc bugs 105562, 105651).
  list(APPEND HEARTH_WARNINGS -Wno-maybe-uninitialized -Wno-restrict)
endif()
if(HEARTH_WERROR)
  list(APPEND HEARTH_WARNINGS -Werror)
endif()

add_compile_options(-fstack-protector-strong)
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
add_link_options(-Wl,-z,relro,-z,now)

if(HEARTH_SANITIZER)
  add_compile_options(-fsanitize=${HEARTH_SANITIZER} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${HEARTH_SANITIZER})
endif()
# Named places where a test ends the process have no place in what is installed.
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_definitions(HEARTH_FAILPOINTS=1)
endif()
