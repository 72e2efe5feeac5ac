package mige.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

import javax.imageio.ImageIO;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;

import mige.image.Picture;

/** Writes examples to disk as pictures and records that the reference's own reader understands. */
public final class CorpusBuild {

    private static final ObjectMapper JSON = new ObjectMapper().configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true);

    private CorpusBuild() { }

    /**
     * Draws {@code count} examples of a split into {@code folder}: {@code t/} targets, {@code s/} sources, {@code e/} references,
     * {@code m/} masks, and the record file {@code <split>.json}, which appears when all is done.
     *
     * @return the record file
     */
    public static Path build(Corpus corpus, Split split, long seed, int count, Path folder, Steps steps) {
        String name = split.name().toLowerCase();
        List<CorpusRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(write(corpus, corpus.example(split, seed, i), i, 0, null, folder));
            if (!steps.step("examples", i + 1, count)) break;
        }
        return list(records, folder, name);
    }

    /** Draws nano-MIGEBench (or only one part) the same way. */
    public static Path bench(Corpus corpus, List<Bench.Entry> entries, Path folder, Steps steps) {
        List<CorpusRecord> records = new ArrayList<>();
        for (Bench.Entry e : entries) {
            boolean chain = e.part().equals("multi-turn");
            records.add(write(corpus, corpus.render(e.item()), records.size(), e.turn(), chain ? e.idx() : null, folder));
            if (!steps.step("examples", records.size(), entries.size())) break;
        }
        return list(records, folder, "bench");
    }

    private static Path list(List<CorpusRecord> records, Path folder, String name) {
        try {
            Path file = folder.resolve(name + ".json"), work = folder.resolve(name + ".json.part");
            Files.createDirectories(folder);
            StringBuilder json = new StringBuilder("[\n");
            for (int i = 0; i < records.size(); i++) json.append(JSON.writeValueAsString(records.get(i))).append(i + 1 < records.size() ? ",\n" : "\n");
            Files.writeString(work, json.append("]\n"));
            return Files.move(work, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static CorpusRecord write(Corpus corpus, Example e, int i, int turn, Integer chain, Path folder) {
        Item item = e.item();
        String stem = "%s_%06d".formatted(item.split().name().toLowerCase(), i), group = switch (item.kind()) {
            case SUBJECT_1, SUBJECT_2, SUBJECT_3 -> "Subjects200K";
            case SUBJECT_REPLACE -> "replace";
            case SUBJECT_ADD -> "add";
            default -> "instructpix2pix";
        };
        String image = picture(folder, "t/" + group + "/" + stem, e.target());
        List<String> source = e.source().map(p -> List.of(picture(folder, "s/" + group + "/" + stem, p))).orElse(List.of());
        List<String> entities = new ArrayList<>(), white = new ArrayList<>();
        TreeSet<String> credits = new TreeSet<>(Corpus.credits(item.target()));
        if (item.source() != null) credits.addAll(Corpus.credits(item.source()));
        for (int k = 0; k < item.references().size(); k++) {
            Reference r = item.references().get(k);
            if (r.isSource()) {
                entities.add(source.get(0));
                continue;
            }
            entities.add(picture(folder, "e/" + group + "/" + stem + "_" + k, e.references().get(k)));
            white.add(picture(folder, "e/" + group + "/" + stem + "_" + k + "w", corpus.alone(r.object(), true)));
        }
        String mask = grey(folder, "m/" + group + "/" + stem, e);
        Example.Box box = e.box();
        return new CorpusRecord(image, e.target().width(), e.target().height(), entities, item.text(), source, item.kind().task(), item.kind().label(),
                item.split().name().toLowerCase(), i, item.caption(), item.object(), item.sourceCaption(), item.targetCaption(), List.of(mask),
                new int[] {box.left(), box.top(), box.right(), box.bottom()}, white, item.target(), item.source(), turn, chain, List.copyOf(credits));
    }

    private static String picture(Path folder, String name, Picture p) {
        return file(folder, name, p.png(Map.of()));
    }

    private static String grey(Path folder, String name, Example e) {
        int n = e.target().width();
        BufferedImage image = new BufferedImage(n, n, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setDataElements(0, 0, n, n, e.mask());
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", png);
        } catch (IOException x) {
            throw new UncheckedIOException(x);
        }
        return file(folder, name, png.toByteArray());
    }

    private static String file(Path folder, String name, byte[] bytes) {
        try {
            Path to = folder.resolve(name + ".png");
            Files.createDirectories(to.getParent());
            Files.write(to, bytes);
            return name + ".png";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
