# Sourced. max_len TARGET DEFAULT: the longest input of a target that is worth its time.
max_len() {
  case $1 in
    machine) echo $((4 + 48 * 4)) ;;       # fuzz/wild.hpp: a whole life
    cluster-life) echo $((3 + 48 * 3)) ;;  # fuzz/tame.hpp, fuzz/life.hpp: likewise
    fgcp-sync) echo 400 ;;                 # most have less than 200; longer ones only have more of the same
    fgcp-*) echo 1500 ;;                   # a frame on the link
    *) echo "$2" ;;
  esac
}
