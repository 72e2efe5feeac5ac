package dev.mige4j.corpus;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.mige4j.corpus.specification.SceneSpec;
import java.util.List;

/**
 * A line of the corpus on disk: the fields of the reference's data set (image, width, height, entity_path,
 * multi_prompt, source_path) and what we know besides. Paths are relative to the record file.
 *
 * <p>Folders of the pictures carry the words by which the reference tells the task of a path: Subjects200K,
 * instructpix2pix, replace, add.
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
        @JsonProperty("bbox") int[] boundingBox,
        @JsonProperty("entity_path_white") List<String> whiteReferencePaths,
        @JsonProperty("spec") SceneSpec targetSpec,
        @JsonProperty("source_spec") SceneSpec sourceSpec,
        int turn,
        Integer chain,
        List<String> credits) {}
