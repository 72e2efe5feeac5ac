package dev.mige4j.dataset.layout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.parquet.ParquetShards;
import dev.mige4j.dataset.parquet.ParquetTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A turn of a MagicBrush session: one edit of a sequence.
 *
 * @param session the id of the session, a number
 * @param turn from 1
 * @param source the image to edit: the true result of the turn before
 * @param mask where the edit is; white
 * @param target the true result
 * @param globalCaption describes the whole target
 * @param localCaption describes what the edit has changed
 */
public record MagicBrushTurn(
        String session,
        int turn,
        String instruction,
        ImageSource source,
        Optional<ImageSource> mask,
        ImageSource target,
        Optional<String> globalCaption,
        Optional<String> localCaption) {

    private static final String SESSIONS = "edit_sessions.json",
            GLOBAL_CAPTIONS = "global_descriptions.json",
            LOCAL_CAPTIONS = "local_descriptions.json";

    private static final int MAX_TURNS = 1000;

    /**
     * The path, without extension, of the result of this edit applied to {@link #source}, as the authors' script
     * expects it: {@code 139/139_inde_2}, of a first turn {@code 139/139_1}.
     */
    public String independentOutput() {
        return outputName("inde_");
    }

    /**
     * The path of the result of this edit applied to the own result of the turn before: {@code 139/139_iter_2}, of a
     * first turn {@code 139/139_1}.
     */
    public String iteratedOutput() {
        return outputName("iter_");
    }

    private String outputName(String mode) {
        return session + "/" + session + "_" + (turn == 1 ? "" : mode) + turn;
    }

    /**
     * The sessions of the test set, each with its turns in order.
     *
     * @param folder {@code test} of the authors' archive
     * @throws UsageException when it is not such a folder, a turn lacks a field, or a path leads out of the folder
     */
    public static List<List<MagicBrushTurn>> loadTest(Path folder) {
        PublishedFolder root = PublishedFolder.open(
                folder, "the folder 'test' of MagicBrush", SESSIONS, GLOBAL_CAPTIONS, LOCAL_CAPTIONS);
        JsonNode sessions = root.json(SESSIONS),
                globalCaptions = root.json(GLOBAL_CAPTIONS),
                localCaptions = root.json(LOCAL_CAPTIONS);
        if (!sessions.isObject())
            throw new UsageException("%s is not a JSON object with the turns of each session.", SESSIONS);
        List<List<MagicBrushTurn>> all = new ArrayList<>();
        for (Map.Entry<String, JsonNode> session : sessions.properties()) {
            String id = session.getKey(), where = SESSIONS + ": session " + id;
            if (!JsonRecord.isFileName(id))
                throw new UsageException("%s: the id is not a number or name without special characters.", where);
            List<MagicBrushTurn> turns = new ArrayList<>();
            for (JsonRecord json : JsonRecord.list(session.getValue(), where)) {
                String output = json.text("output");
                turns.add(new MagicBrushTurn(
                        id,
                        turns.size() + 1,
                        json.text("instruction"),
                        image(root, json.text("input")),
                        json.optionalText("mask").map(mask -> image(root, mask)),
                        image(root, output),
                        caption(globalCaptions, id, output),
                        caption(localCaptions, id, output)));
            }
            if (turns.isEmpty()) throw new UsageException("%s has no turns.", where);
            all.add(List.copyOf(turns));
        }
        return all;
    }

    /**
     * The sessions of a split of the hub's data set {@code osunlp/MagicBrush}, which has {@code train} and {@code dev}
     * but not the test set. There are no captions.
     *
     * @param folder of the data set, with Parquet files such as {@code data/dev-00000-of-00004-HASH.parquet}
     * @throws UsageException when the files of the split are missing or damaged, or the turns of a session are not in
     *     order
     */
    public static List<List<MagicBrushTurn>> loadHub(Path folder, String split) {
        ParquetTable table = new ParquetTable(ParquetShards.find(folder, split)
                .orElseThrow(() -> new UsageException(
                        "%s has no Parquet files such as data/%s-00000-of-00004.parquet; expected a copy of"
                                + " osunlp/MagicBrush.",
                        folder, split)));
        Map<String, List<MagicBrushTurn>> sessions = new LinkedHashMap<>();
        long[] rows = {0};
        table.read(List.of("img_id", "turn_index", "instruction"), row -> {
            long index = rows[0]++, turn = row.integer("turn_index");
            String id = row.text("img_id");
            if (!JsonRecord.isFileName(id))
                throw row.wrong("img_id", "is not a number or name without special characters");
            List<MagicBrushTurn> turns = sessions.computeIfAbsent(id, key -> new ArrayList<>());
            int previous = turns.isEmpty() ? 0 : turns.get(turns.size() - 1).turn;
            if (turn <= previous || turn > MAX_TURNS)
                throw row.wrong("turn_index", "is %d, expected a number from %d to %d", turn, previous + 1, MAX_TURNS);
            turns.add(new MagicBrushTurn(
                    id,
                    (int) turn,
                    row.text("instruction"),
                    hubImage(table, index, "source_img", id, turn),
                    Optional.of(hubImage(table, index, "mask_img", id, turn)),
                    hubImage(table, index, "target_img", id, turn),
                    Optional.empty(),
                    Optional.empty()));
        });
        return sessions.values().stream().map(List::copyOf).toList();
    }

    private static ImageSource hubImage(ParquetTable table, long row, String column, String session, long turn) {
        return new ParquetImage(table, column, row, column + " of " + session + ", turn " + turn);
    }

    /** The folder of an image is named by what precedes the first hyphen. */
    private static ImageSource image(PublishedFolder root, String file) {
        return root.image("images/" + file.split("-", 2)[0] + "/" + file);
    }

    private static Optional<String> caption(JsonNode captions, String session, String file) {
        JsonNode caption = captions.path(session).path(file);
        return caption.isTextual() ? Optional.of(caption.asText()) : Optional.empty();
    }
}
