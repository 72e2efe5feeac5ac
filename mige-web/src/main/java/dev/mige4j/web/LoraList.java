package dev.mige4j.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.mige4j.weights.lora.LoraFile;
import java.util.List;
import java.util.Optional;

/** The LoRA files of the server as {@code GET /v1/loras} lists them. */
record LoraList(String object, List<LoraInfo> data) {

    /**
     * A LoRA file.
     *
     * @param created time of the file in seconds since the epoch
     * @param fits whether it was made for the loaded model
     * @param problem why it does not fit; null if it does
     * @param trigger the word by which prompts name what was taught; null if there is none
     * @param rank null if the file cannot be read
     * @param sha256 null if the file cannot be read
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record LoraInfo(
            String name,
            String object,
            long created,
            long bytes,
            boolean fits,
            String problem,
            String trigger,
            Integer rank,
            String sha256) {

        static LoraInfo of(LoraFolder.Entry entry) {
            Optional<LoraFile> file = entry.file();
            return new LoraInfo(
                    entry.name(),
                    "lora",
                    entry.modifiedSeconds(),
                    entry.bytes(),
                    entry.problem().isEmpty(),
                    entry.problem().orElse(null),
                    file.map(read -> read.metadata().trigger())
                            .filter(trigger -> !trigger.isEmpty())
                            .orElse(null),
                    file.map(read -> read.metadata().config().rank()).orElse(null),
                    entry.problem().isEmpty() ? file.map(LoraFile::sha256).orElse(null) : null);
        }
    }

    static LoraList of(LoraFolder folder) {
        return new LoraList("list", folder.list().stream().map(LoraInfo::of).toList());
    }
}
