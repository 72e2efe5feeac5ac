package mige.data;

import java.util.List;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A line of the corpus on disk: the fields of the reference's data set (image, width, height, entity_path, multi_prompt,
 * source_path) and what we know besides. Paths are relative to the record file.
 *
 * <p>Folders of the pictures carry the words by which the reference tells the task of a path: Subjects200K,
 * instructpix2pix, replace, add.
 */
public record CorpusRecord(
        String image, int width, int height,
        @JsonProperty("entity_path") List<String> entityPath,
        @JsonProperty("multi_prompt") String multiPrompt,
        @JsonProperty("source_path") List<String> sourcePath,
        String task, String kind, String split, long idx,
        String caption, String object,
        @JsonProperty("source_caption") String sourceCaption,
        @JsonProperty("target_caption") String targetCaption,
        @JsonProperty("mask_path") List<String> maskPath,
        int[] bbox,
        @JsonProperty("entity_path_white") List<String> entityPathWhite,
        SceneSpec spec,
        @JsonProperty("source_spec") SceneSpec sourceSpec,
        int turn, Integer chain, List<String> credits) { }
