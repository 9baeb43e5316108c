#include "theater/cli/commands/completion_scripts.h"

namespace theater::cli {

const std::string_view kBashCompletion = R"SCRIPT(# Completes commands of theater in bash.
_theater() {
  local line kind=
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then
      kind=$line
    elif [[ $line == "$2"* ]]; then
      COMPREPLY+=("$(printf '%q' "$line")")
    fi
  done < <("$1" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ $kind == files ]]; then
    compopt -o filenames
    while IFS= read -r line; do
      COMPREPLY+=("$line")
    done < <(compgen -f -- "$2")
  fi
}
complete -F _theater theater
)SCRIPT";

const std::string_view kZshCompletion = R"SCRIPT(#compdef theater
# Completes commands of theater in zsh.
_theater() {
  local -a lines
  lines=("${(@f)$("${words[1]}" complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if (( $#lines > 1 )); then
    compadd -- "${(@)lines[2,-1]}"
  fi
  if [[ $lines[1] == files ]]; then
    _files
  fi
}
compdef _theater theater
)SCRIPT";

const std::string_view kFishCompletion = R"SCRIPT(# Completes commands of theater in fish.
function __theater_candidates
    set -l words (commandline -opc) (commandline -ct)
    set -l lines ($words[1] complete -- $words[2..-1] 2>/dev/null)
    if set -q lines[2]
        printf '%s\n' $lines[2..-1]
    end
    if test "$lines[1]" = files
        __fish_complete_path (commandline -ct)
    end
end
complete -c theater -f -a '(__theater_candidates)'
)SCRIPT";

}  // namespace theater::cli
