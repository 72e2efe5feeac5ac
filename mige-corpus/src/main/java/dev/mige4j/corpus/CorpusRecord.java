package dev.mige4j.corpus;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.mige4j.corpus.Example.BoundingBox;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.SceneSpec;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/**
 * One example of a corpus on disk. The fields image, width, height, entity_path, multi_prompt and source_path are those
 * of the reference's data set; the others are additional. Paths are relative to the record file.
 */
public record CorpusRecord(
        @JsonProperty("image") String targetPath,
        int width,
        int height,
        @JsonProperty("entity_path") List<String> referencePaths,
        @JsonProperty("multi_prompt") String instruction,
        @JsonProperty("source_path") List<String> sourcePaths,
        String task,
        String kind,
        String split,
        @JsonProperty("idx") long index,
        String caption,
        @JsonProperty("object") String objectName,
        @JsonProperty("source_caption") String sourceCaption,
        @JsonProperty("target_caption") String targetCaption,
        @JsonProperty("mask_path") List<String> maskPaths,
        @JsonProperty("bbox") List<Integer> boundingBox,
        @JsonProperty("entity_path_white") List<String> whiteReferencePaths,
        @JsonProperty("spec") SceneSpec targetSpec,
        @JsonProperty("source_spec") SceneSpec sourceSpec,
        int turn,
        Integer chain,
        List<String> credits) {

    /**
     * Paths of an example's images; {@code sources} is empty for subject generation, {@code whiteReferences} are the
     * referenced objects on white.
     */
    record ImagePaths(
            String target, List<String> sources, List<String> references, List<String> whiteReferences, String mask) {}

    /**
     * The record of an example.
     *
     * @param turn index within a multi-turn chain, else 0
     * @param chain index of the multi-turn chain; null for single edits
     */
    static CorpusRecord of(Example example, ImagePaths paths, long index, int turn, Integer chain) {
        ExampleSpec spec = example.spec();
        BoundingBox box = example.boundingBox();
        TreeSet<String> credits = new TreeSet<>(Corpus.credits(spec.target()));
        if (spec.source() != null) credits.addAll(Corpus.credits(spec.source()));
        return new CorpusRecord(
                paths.target,
                example.target().width(),
                example.target().height(),
                paths.references,
                spec.instruction(),
                paths.sources,
                spec.kind().task(),
                spec.kind().label(),
                spec.split().name().toLowerCase(Locale.ROOT),
                index,
                spec.caption(),
                spec.objectName(),
                spec.sourceCaption(),
                spec.targetCaption(),
                List.of(paths.mask),
                List.of(box.left(), box.top(), box.right(), box.bottom()),
                paths.whiteReferences,
                spec.target(),
                spec.source(),
                turn,
                chain,
                List.copyOf(credits));
    }
}
