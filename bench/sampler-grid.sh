#!/bin/sh
# Compares sampling defaults of a model on the last samples of the strict nano-MIGEBench, which the reports leave out.
#
#   bench/sampler-grid.sh MODEL CLIP OUTPUT ITEMS [NAME KEY=VALUE...]... in one argument each, such as "fast steps=12 guidance=1.5"
#
# Keys: steps, guidance, imageGuidance, clip, ancestral, interval=FROM-TO (timesteps with guidance). The environment variable MIGE names
# another command than ./mige, SUITES other suites. Run it again to resume. The last table of OUTPUT/table.txt has one column per name.
set -eu
[ $# -ge 4 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2; }
model=$(cd "$1" && pwd); clip=$2; output=$3; items=$4; shift 4
root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -gt 0 ] || set -- \
    "base" \
    "steps12 steps=12" \
    "steps16 steps=16" \
    "solver16 steps=16 ancestral=false" \
    "solver20 ancestral=false" \
    "guidance1 guidance=1" \
    "guidance1.5 guidance=1.5" \
    "guidance2.5 guidance=2.5" \
    "guidance3 guidance=3" \
    "interval interval=100-800" \
    "interval-wide guidance=3 interval=100-800" \
    "image1.3 imageGuidance=1.3" \
    "clip4 clip=4"

replace() { sed -i -E "s/(\"$1\" *: *)[a-z0-9.]+/\1$2/" "$config"; }

options=""
for variant in "$@"; do
    name=${variant%% *}
    folder=$output/models/$name config=$output/models/$name/config.json
    mkdir -p "$folder"
    for file in "$model"/*; do [ "${file##*/}" = config.json ] || ln -sf "$file" "$folder/"; done
    cp "$model/config.json" "$config"
    for setting in ${variant#"$name"}; do
        value=${setting#*=}
        case $setting in
            steps=*) replace generationSteps "$value"; replace editSteps "$value" ;;
            guidance=*) replace generationGuidance "$value"; replace editGuidance "$value" ;;
            imageGuidance=*) replace imageGuidance "$value" ;;
            clip=*) replace clipSampleRange "$value" ;;
            ancestral=*) replace ancestral "$value" ;;
            interval=*)
                interval="{\"from\": ${value%-*}, \"to\": ${value#*-}}"
                sed -i -E "s/\"guidanceInterval\" *: *\{[^}]*\} *,//; s/\"ancestral\"/\"guidanceInterval\": $interval, \"ancestral\"/" "$config" ;;
            *) echo "sampler-grid: unknown setting '$setting'" >&2; exit 2 ;;
        esac
    done
    options="$options --model $name=$folder"
done
suites=""
for suite in ${SUITES:-SINGLE_SUBJECT EDIT SUBJECT_ADD}; do suites="$suites --suite $suite"; done
# shellcheck disable=SC2086 # the words are separate arguments
${MIGE:-"$root/mige"} eval nano $options $suites --rules STRICT --skip $((200 - items)) --items "$items" --clip "$clip" -o "$output"
