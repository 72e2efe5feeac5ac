package dev.mige4j.corpus;

import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.corpus.benchmark.NanoMigeBench.BenchmarkEntry;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.image.Image;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * Writes examples as PNG files and records in the format of the reference's data set.
 *
 * <p>Folders: {@code t/} targets, {@code s/} sources, {@code e/} references, {@code m/} masks. Their subfolders have
 * the names by which the reference recognises the task: Subjects200K, instructpix2pix, replace, add.
 */
public final class CorpusWriter {

    private static final ObjectWriter RECORD_WRITER =
            Json.MAPPER.writer().with(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    private final Corpus corpus;
    private final Path folder;
    private final List<CorpusRecord> records = new ArrayList<>();

    private CorpusWriter(Corpus corpus, Path folder) {
        this.corpus = corpus;
        this.folder = folder;
    }

    /**
     * Writes the first {@code count} examples of a split and the record file {@code <split>.json}, which is written
     * last. A cancelled run writes the records of the finished examples.
     *
     * @return the record file
     */
    public static Path writeSplit(
            Corpus corpus, Split split, long seed, int count, Path folder, ProgressListener progress) {
        CorpusWriter writer = new CorpusWriter(corpus, folder);
        for (int i = 0; i < count; i++) {
            writer.writeExample(corpus.example(split, seed, i), 0, null);
            if (!progress.onProgress("examples", i + 1, count)) break;
        }
        return writer.writeRecords(lowerCaseName(split));
    }

    /** Writes entries of nano-MIGEBench and the record file {@code bench.json}; otherwise as {@link #writeSplit}. */
    public static Path writeBenchmark(
            Corpus corpus, List<BenchmarkEntry> entries, Path folder, ProgressListener progress) {
        CorpusWriter writer = new CorpusWriter(corpus, folder);
        for (BenchmarkEntry entry : entries) {
            Integer chain = entry.suite().equals("multi-turn") ? entry.index() : null;
            writer.writeExample(corpus.render(entry.spec()), entry.turn(), chain);
            if (!progress.onProgress("examples", writer.records.size(), entries.size())) break;
        }
        return writer.writeRecords("bench");
    }

    private static String lowerCaseName(Split split) {
        return split.name().toLowerCase(Locale.ROOT);
    }

    private Path writeRecords(String name) {
        try {
            StringBuilder json = new StringBuilder("[\n");
            for (int i = 0; i < records.size(); i++)
                json.append(RECORD_WRITER.writeValueAsString(records.get(i)))
                        .append(i + 1 < records.size() ? ",\n" : "\n");
            Path file = folder.resolve(name + ".json");
            AtomicFile.write(file, json.append("]\n").toString());
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void writeExample(Example example, int turn, Integer chain) {
        ExampleSpec spec = example.spec();
        String group =
                switch (spec.kind()) {
                    case SUBJECT_1, SUBJECT_2, SUBJECT_3 -> "Subjects200K";
                    case SUBJECT_REPLACE -> "replace";
                    case SUBJECT_ADD -> "add";
                    default -> "instructpix2pix";
                };
        String path = String.format(Locale.ROOT, "%s/%s_%06d", group, lowerCaseName(spec.split()), records.size());
        String targetPath = writeImage("t/" + path, example.target());
        List<String> sourcePaths = example.source()
                .map(source -> List.of(writeImage("s/" + path, source)))
                .orElse(List.of());
        List<String> referencePaths = new ArrayList<>(), whiteReferencePaths = new ArrayList<>();
        for (int k = 0; k < spec.references().size(); k++) {
            ReferenceSpec reference = spec.references().get(k);
            if (reference.isSource()) {
                referencePaths.add(sourcePaths.get(0));
                continue;
            }
            String referencePath = "e/" + path + "_" + k;
            referencePaths.add(writeImage(referencePath, example.references().get(k)));
            whiteReferencePaths.add(writeImage(referencePath + "w", corpus.objectImage(reference.object(), true)));
        }
        String maskPath = writeMask("m/" + path, example);
        CorpusRecord.ImagePaths paths =
                new CorpusRecord.ImagePaths(targetPath, sourcePaths, referencePaths, whiteReferencePaths, maskPath);
        records.add(CorpusRecord.of(example, paths, records.size(), turn, chain));
    }

    private String writeImage(String name, Image image) {
        return writePng(name, image.toPng(Map.of()));
    }

    private String writeMask(String name, Example example) {
        int size = example.target().width();
        BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setDataElements(0, 0, size, size, example.mask());
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", png);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return writePng(name, png.toByteArray());
    }

    private String writePng(String name, byte[] content) {
        AtomicFile.write(folder.resolve(name + ".png"), content);
        return name + ".png";
    }
}
