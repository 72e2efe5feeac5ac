package dev.mige4j.corpus;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.corpus.benchmark.NanoMigeBench;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.image.Image;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import javax.imageio.ImageIO;

/** Writes examples to disk as pictures and records that the reference's own reader understands. */
public final class CorpusWriter {

    private static final ObjectMapper JSON =
            new ObjectMapper().configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true);

    private CorpusWriter() {}

    /**
     * Draws {@code count} examples of a split into {@code folder}: {@code t/} targets, {@code s/} sources, {@code e/}
     * references, {@code m/} masks, and the record file {@code <split>.json}, which appears when all is done.
     *
     * @return the record file
     */
    public static Path writeSplit(
            Corpus corpus, Split split, long seed, int count, Path folder, ProgressListener steps) {
        String name = split.name().toLowerCase(Locale.ROOT);
        List<CorpusRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(writeExample(corpus, corpus.example(split, seed, i), i, 0, null, folder));
            if (!steps.onProgress("examples", i + 1, count)) break;
        }
        return writeRecordFile(records, folder, name);
    }

    /** Draws nano-MIGEBench (or only one part) the same way. */
    public static Path writeBenchmark(
            Corpus corpus, List<NanoMigeBench.BenchmarkEntry> entries, Path folder, ProgressListener steps) {
        List<CorpusRecord> records = new ArrayList<>();
        for (NanoMigeBench.BenchmarkEntry entry : entries) {
            boolean multiTurn = entry.suite().equals("multi-turn");
            records.add(writeExample(
                    corpus,
                    corpus.render(entry.spec()),
                    records.size(),
                    entry.turn(),
                    multiTurn ? entry.index() : null,
                    folder));
            if (!steps.onProgress("examples", records.size(), entries.size())) break;
        }
        return writeRecordFile(records, folder, "bench");
    }

    private static Path writeRecordFile(List<CorpusRecord> records, Path folder, String name) {
        try {
            Path file = folder.resolve(name + ".json"), tempFile = folder.resolve(name + ".json.part");
            Files.createDirectories(folder);
            StringBuilder json = new StringBuilder("[\n");
            for (int i = 0; i < records.size(); i++)
                json.append(JSON.writeValueAsString(records.get(i))).append(i + 1 < records.size() ? ",\n" : "\n");
            Files.writeString(tempFile, json.append("]\n"));
            return Files.move(tempFile, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static CorpusRecord writeExample(
            Corpus corpus, Example example, int index, int turn, Integer chain, Path folder) {
        ExampleSpec spec = example.spec();
        String stem = "%s_%06d".formatted(spec.split().name().toLowerCase(Locale.ROOT), index),
                group =
                        switch (spec.kind()) {
                            case SUBJECT_1, SUBJECT_2, SUBJECT_3 -> "Subjects200K";
                            case SUBJECT_REPLACE -> "replace";
                            case SUBJECT_ADD -> "add";
                            default -> "instructpix2pix";
                        };
        String targetPath = writeImage(folder, "t/" + group + "/" + stem, example.target());
        List<String> sourcePaths = example.source()
                .map(p -> List.of(writeImage(folder, "s/" + group + "/" + stem, p)))
                .orElse(List.of());
        List<String> referencePaths = new ArrayList<>(), whiteReferencePaths = new ArrayList<>();
        TreeSet<String> credits = new TreeSet<>(Corpus.credits(spec.target()));
        if (spec.source() != null) credits.addAll(Corpus.credits(spec.source()));
        for (int k = 0; k < spec.references().size(); k++) {
            ReferenceSpec reference = spec.references().get(k);
            if (reference.isSource()) {
                referencePaths.add(sourcePaths.get(0));
                continue;
            }
            referencePaths.add(writeImage(
                    folder,
                    "e/" + group + "/" + stem + "_" + k,
                    example.references().get(k)));
            whiteReferencePaths.add(writeImage(
                    folder, "e/" + group + "/" + stem + "_" + k + "w", corpus.objectImage(reference.object(), true)));
        }
        String maskPath = writeMask(folder, "m/" + group + "/" + stem, example);
        Example.BoundingBox boundingBox = example.boundingBox();
        return new CorpusRecord(
                targetPath,
                example.target().width(),
                example.target().height(),
                referencePaths,
                spec.instruction(),
                sourcePaths,
                spec.kind().task(),
                spec.kind().label(),
                spec.split().name().toLowerCase(Locale.ROOT),
                index,
                spec.caption(),
                spec.objectName(),
                spec.sourceCaption(),
                spec.targetCaption(),
                List.of(maskPath),
                new int[] {boundingBox.left(), boundingBox.top(), boundingBox.right(), boundingBox.bottom()},
                whiteReferencePaths,
                spec.target(),
                spec.source(),
                turn,
                chain,
                List.copyOf(credits));
    }

    private static String writeImage(Path folder, String name, Image image) {
        return writeFile(folder, name, image.toPng(Map.of()));
    }

    private static String writeMask(Path folder, String name, Example example) {
        int size = example.target().width();
        BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setDataElements(0, 0, size, size, example.mask());
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", png);
        } catch (IOException x) {
            throw new UncheckedIOException(x);
        }
        return writeFile(folder, name, png.toByteArray());
    }

    private static String writeFile(Path folder, String name, byte[] bytes) {
        try {
            Path target = folder.resolve(name + ".png");
            Files.createDirectories(target.getParent());
            Files.write(target, bytes);
            return name + ".png";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
