# Completions of aigw for bash. Made by: aigw completions bash
_aigw() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path='' word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "${path:+$path }$word" in
      'completions' | 'config' | 'config check' | 'config export' | 'config path' | 'config seal' | 'config show' | 'db' | 'db backup' | 'db check' | 'db export' | 'db migrate' | 'db recover' | 'db vacuum' | 'doctor' | 'env' | 'help' | 'keys' | 'keys add' | 'keys issue' | 'keys list' | 'keys revoke' | 'keys rm' | 'keys rotate' | 'keys rotate-master' | 'keys show' | 'keys test' | 'man' | 'mock' | 'models' | 'models import' | 'models list' | 'models rm' | 'models set' | 'probe' | 'providers' | 'providers add' | 'providers list' | 'providers rm' | 'providers set' | 'run' | 'serve' | 'show' | 'stats' | 'tail' | 'version') path="${path:+$path }$word" ;;
    esac
  done
  case "$prev" in
    --config | --db) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  case "$path $prev" in
    ' --profile') COMPREPLY=($(compgen -W 'dev test prod' -- "$cur")); return ;;
    'env --tool') COMPREPLY=($(compgen -W 'aider claude codex gemini sdk' -- "$cur")); return ;;
    'env --shell') COMPREPLY=($(compgen -W 'bash fish powershell sh zsh' -- "$cur")); return ;;
    'providers add --dialect') COMPREPLY=($(compgen -W 'anthropic-messages gemini-generate openai-chat openai-responses' -- "$cur")); return ;;
    'providers add --auth') COMPREPLY=($(compgen -W 'bearer x-api-key x-goog-api-key service-account none' -- "$cur")); return ;;
    'providers set --dialect') COMPREPLY=($(compgen -W 'anthropic-messages gemini-generate openai-chat openai-responses' -- "$cur")); return ;;
    'providers set --auth') COMPREPLY=($(compgen -W 'bearer x-api-key x-goog-api-key service-account none' -- "$cur")); return ;;
    'run --tool') COMPREPLY=($(compgen -W 'aider claude codex gemini sdk' -- "$cur")); return ;;
  esac
  case "$path" in
    '') COMPREPLY=($(compgen -W 'completions config db doctor env help keys man mock models probe providers run serve show stats tail version --config --db --profile --help' -- "$cur")) ;;
    'completions') COMPREPLY=($(compgen -W 'bash fish zsh --config --db --help' -- "$cur")) ;;
    'config') COMPREPLY=($(compgen -W 'check export path seal show --running --json --config --db --help' -- "$cur")) ;;
    'config check') COMPREPLY=($(compgen -W '--config --db --help' -- "$cur")) ;;
    'config export') COMPREPLY=($(compgen -W '--config --db --help' -- "$cur")) ;;
    'config path') COMPREPLY=($(compgen -W '--json --config --db --help' -- "$cur")) ;;
    'config seal') COMPREPLY=($(compgen -W '--from-env --config --db --help' -- "$cur")) ;;
    'config show') COMPREPLY=($(compgen -W '--running --json --config --db --help' -- "$cur")) ;;
    'db') COMPREPLY=($(compgen -W 'backup check export migrate recover vacuum --quick --json --config --db --help' -- "$cur")) ;;
    'db backup') COMPREPLY=($(compgen -W '--json --config --db --help' -- "$cur")) ;;
    'db check') COMPREPLY=($(compgen -W '--quick --json --config --db --help' -- "$cur")) ;;
    'db export') COMPREPLY=($(compgen -W '--since --until --csv --config --db --help' -- "$cur")) ;;
    'db migrate') COMPREPLY=($(compgen -W '--dry-run --json --config --db --help' -- "$cur")) ;;
    'db recover') COMPREPLY=($(compgen -W '--to --json --config --db --help' -- "$cur")) ;;
    'db vacuum') COMPREPLY=($(compgen -W '--json --config --db --help' -- "$cur")) ;;
    'doctor') COMPREPLY=($(compgen -W '--offline --json --config --db --help' -- "$cur")) ;;
    'env') COMPREPLY=($(compgen -W '--tool --model --shell --key --config --db --help' -- "$cur")) ;;
    'help') COMPREPLY=($(compgen -W '--config --db --help' -- "$cur")) ;;
    'keys') COMPREPLY=($(compgen -W 'add issue list revoke rm rotate rotate-master show test --json --config --db --help' -- "$cur")) ;;
    'keys add') COMPREPLY=($(compgen -W '--name --from-env --json --config --db --help' -- "$cur")) ;;
    'keys issue') COMPREPLY=($(compgen -W '--expires --json --config --db --help' -- "$cur")) ;;
    'keys list') COMPREPLY=($(compgen -W '--json --config --db --help' -- "$cur")) ;;
    'keys revoke') COMPREPLY=($(compgen -W '--json --config --db --help' -- "$cur")) ;;
    'keys rm') COMPREPLY=($(compgen -W '--json --config --db --help' -- "$cur")) ;;
    'keys rotate') COMPREPLY=($(compgen -W '--from-env --json --config --db --help' -- "$cur")) ;;
    'keys rotate-master') COMPREPLY=($(compgen -W '--stdin --from-env --json --config --db --help' -- "$cur")) ;;
    'keys show') COMPREPLY=($(compgen -W '--json --config --db --help' -- "$cur")) ;;
    'keys test') COMPREPLY=($(compgen -W '--timeout --json --config --db --help' -- "$cur")) ;;
    'man') COMPREPLY=($(compgen -W '--config --db --help' -- "$cur")) ;;
    'mock') COMPREPLY=($(compgen -W '--listen --config --db --help' -- "$cur")) ;;
    'models') COMPREPLY=($(compgen -W 'import list rm set --provider --all --json --config --db --help' -- "$cur")) ;;
    'models import') COMPREPLY=($(compgen -W '--json --config --db --help' -- "$cur")) ;;
    'models list') COMPREPLY=($(compgen -W '--provider --all --json --config --db --help' -- "$cur")) ;;
    'models rm') COMPREPLY=($(compgen -W '--imported --config --db --help' -- "$cur")) ;;
    'models set') COMPREPLY=($(compgen -W '--context --output --input --cache-read --cache-write --output-price --capabilities --config --db --help' -- "$cur")) ;;
    'probe') COMPREPLY=($(compgen -W '--timeout --json --config --db --help' -- "$cur")) ;;
    'providers') COMPREPLY=($(compgen -W 'add list rm set --json --config --db --help' -- "$cur")) ;;
    'providers add') COMPREPLY=($(compgen -W '--dialect --base-url --speaks --auth --prices-as --free --allow-private --json --config --db --help' -- "$cur")) ;;
    'providers list') COMPREPLY=($(compgen -W '--json --config --db --help' -- "$cur")) ;;
    'providers rm') COMPREPLY=($(compgen -W '--config --db --help' -- "$cur")) ;;
    'providers set') COMPREPLY=($(compgen -W '--dialect --base-url --speaks --auth --prices-as --free --allow-private --json --config --db --help' -- "$cur")) ;;
    'run') COMPREPLY=($(compgen -W '--model --tool --config --db --help' -- "$cur")) ;;
    'serve') COMPREPLY=($(compgen -W '--listen --loops --allow-insecure-bind --log-level --demo --import-env --config --db --help' -- "$cur")) ;;
    'show') COMPREPLY=($(compgen -W '--json --config --db --help' -- "$cur")) ;;
    'stats') COMPREPLY=($(compgen -W '--since --by --json --config --db --help' -- "$cur")) ;;
    'tail') COMPREPLY=($(compgen -W '-n --last -f --follow --json --config --db --help' -- "$cur")) ;;
    'version') COMPREPLY=($(compgen -W '--json --config --db --help' -- "$cur")) ;;
  esac
}
complete -F _aigw aigw
