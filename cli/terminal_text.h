// SafeForTerminal makes what a function wrote harmless to the terminal that shows it.
//
// Shapes:  line feeds and tabs stay; every other control byte (C0, DEL, C1) and every byte that is not UTF-8 becomes
//          \xNN. Other text stays as it is.
// Threads: no state.
#pragma once

#include <string>
#include <string_view>

namespace hearth::cli {

std::string SafeForTerminal(std::string_view text);

}  // namespace hearth::cli
