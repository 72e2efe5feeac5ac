package mige.train;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import mige.data.Corpus;
import mige.data.Example;
import mige.data.Split;
import mige.image.Picture;
import mige.pipeline.ModelConfig;
import mige.task.Instruction;
import mige.task.InstructionEdit;
import mige.task.SubjectEdit;
import mige.task.SubjectGeneration;
import mige.task.Task;
import mige.text.Prompt;
import mige.text.Tokenizer;

/** Draws examples of the corpus and computes what never changes in training: ids, moments of latents, the frozen tower's features. */
final class RecordMaker implements RecordCache.Maker {

    private final Corpus corpus;
    private final long seed;
    private final ModelConfig config;
    private final Tokenizer tokenizer;
    private final FrozenParts frozen;

    RecordMaker(Corpus corpus, long seed, Tokenizer tokenizer, FrozenParts frozen) {
        this.corpus = corpus;
        this.seed = seed;
        this.config = frozen.config();
        this.tokenizer = tokenizer;
        this.frozen = frozen;
    }

    /** Where a record's pictures stand among those of its group. */
    private record Places(Example example, int first, int pictures, int source, int[] references) {}

    @Override
    public List<byte[]> make(int first, int count) {
        List<Example> examples = IntStream.range(first, first + count).parallel().mapToObj(i -> corpus.example(Split.TRAIN, seed, i)).toList();
        List<Picture> pictures = new ArrayList<>(), shown = new ArrayList<>();
        List<Places> places = new ArrayList<>();
        for (Example example : examples) places.add(place(example, pictures, shown));
        List<byte[]> moments = frozen.moments(pictures), tower = frozen.tower(shown);
        List<byte[]> records = new ArrayList<>();
        int seen = 0;
        for (Places p : places) {
            records.add(RecordCache.pack(p.example.item().kind(), p.pictures, p.source, p.references, ids(p.example), mask(p.example),
                    FrozenParts.joined(moments.subList(p.first, p.first + p.pictures)), FrozenParts.joined(tower.subList(seen, seen + p.references.length))));
            seen += p.references.length;
        }
        return records;
    }

    private static Places place(Example example, List<Picture> pictures, List<Picture> shown) {
        int first = pictures.size();
        pictures.add(example.target());
        int source = example.source().isPresent() ? 1 : -1;
        example.source().ifPresent(pictures::add);
        int[] references = new int[example.references().size()];
        for (int r = 0; r < references.length; r++) {
            Picture reference = example.references().get(r);
            shown.add(reference);
            if (source == 1 && reference.equals(example.source().get())) references[r] = source;
            else {
                references[r] = pictures.size() - first;
                pictures.add(reference);
            }
        }
        return new Places(example, first, pictures.size() - first, source, references);
    }

    /** The instruction as the pipeline prepares it for inference. */
    private List<int[]> ids(Example example) {
        Prompt prompt = config.prompts().of(task(example), false)
                .fitted(text -> tokenizer.encode(text).length, config.encoder().queries().queries(), config.encoder().maxLength());
        return prompt.segments().stream().map(tokenizer::encode).toList();
    }

    static Task task(Example example) {
        Instruction said = new Instruction(example.text(), example.references());
        return switch (example.task()) {
            case "subject" -> new SubjectGeneration(said);
            case "edit" -> new InstructionEdit(said, example.source().orElseThrow());
            default -> new SubjectEdit(said, example.source().orElseThrow());
        };
    }

    /** The mask's share of each latent cell, 0 to 255. */
    private byte[] mask(Example example) {
        int side = config.latentSize(), cell = config.pictureSize() / side, size = config.pictureSize();
        byte[] cells = new byte[side * side];
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int sum = 0;
                for (int i = 0; i < cell * cell; i++) sum += example.mask()[(y * cell + i / cell) * size + x * cell + i % cell] & 255;
                cells[y * side + x] = (byte) (sum / (cell * cell));
            }
        }
        return cells;
    }
}
