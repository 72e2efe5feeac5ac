package dev.mige4j.eval.embedding;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.WeightsException;
import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.image.Image;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.LoadReport;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.torch.SectionSelector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** An {@link ImageEmbedder} that runs a {@link DinoVit} in batches: the embeddings of the DINO score. */
public final class DinoEmbedder implements ImageEmbedder {

    private static final int HEAD_WIDTH = 64;
    private static final String CLASS_TOKEN = "cls_token";

    /** Of a checkpoint of DINO's training the teacher, whose weights are those that are published alone. */
    private static final SectionSelector TEACHER = (file, sections) -> sections.stream()
            .filter(section -> section.name().equals("teacher"))
            .findFirst()
            .map(teacher -> new SectionSelector.Choice(teacher, file + ": reads " + teacher.label()))
            .orElseGet(() -> SectionSelector.FIRST.select(file, sections));

    private final DinoVit dino;
    private final String name;
    private final LoadReport report;
    private final ImageTransform transform = ImageTransform.dino();

    private DinoEmbedder(DinoVit dino, String name, LoadReport report) {
        this.dino = dino;
        this.name = name;
        this.report = report;
    }

    /**
     * Opens a folder of the hub ({@code facebook/dino-vits16}), or the original file
     * ({@code dino_deitsmall16_pretrain.pth}) or a folder with it; of a checkpoint of the training, the teacher. All
     * sizes but the number of heads are those of the tensors; {@code config.json} may give it, otherwise heads are 64
     * wide.
     *
     * @throws WeightsException when there are no weights, or those of another model
     */
    public static DinoEmbedder open(Path folderOrFile) {
        Checkpoint checkpoint = Checkpoint.open(Checkpoint.LoadDType.FLOAT32, TEACHER, folderOrFile);
        boolean complete = false;
        try {
            DinoVit dino = load(checkpoint, folderOrFile);
            complete = true;
            return new DinoEmbedder(dino, WeightsHash.of(folderOrFile), checkpoint.report());
        } finally {
            if (!complete) checkpoint.close();
        }
    }

    private static DinoVit load(Checkpoint checkpoint, Path folderOrFile) {
        boolean hub = checkpoint.has(HubVitWeights.hubName(CLASS_TOKEN));
        if (!hub && !checkpoint.has(CLASS_TOKEN))
            throw new WeightsException(
                    "%s: has no tensor '%s' (hub) or '%s' (original), expected DINO, such as facebook/dino-vits16.",
                    folderOrFile, HubVitWeights.hubName(CLASS_TOKEN), CLASS_TOKEN);
        Weights weights = hub ? HubVitWeights.of(checkpoint.weights()) : checkpoint.weights();
        return new DinoVit(config(checkpoint, hub, folderOrFile), weights);
    }

    private static VisionTransformer.Config config(Checkpoint checkpoint, boolean hub, Path folderOrFile) {
        long[] patch = shape(checkpoint, hub, "patch_embed.proj.weight", 4),
                positions = shape(checkpoint, hub, "pos_embed", 3),
                hidden = shape(checkpoint, hub, "blocks.0.mlp.fc1.weight", 2);
        int depth = 0;
        while (hasLayer(checkpoint, hub, "blocks." + depth)) depth++;
        int grid = (int) Math.round(Math.sqrt(positions[1] - 1.0));
        return new VisionTransformer.Config(
                Math.toIntExact(grid * patch[2]),
                Math.toIntExact(patch[2]),
                Math.toIntExact(patch[0]),
                heads(folderOrFile, patch[0]),
                depth,
                Math.toIntExact(hidden[0]));
    }

    /** Whether there is a layer, be it incomplete: what it lacks is reported when it is loaded. */
    private static boolean hasLayer(Checkpoint checkpoint, boolean hub, String layer) {
        return checkpoint.has(name(layer + ".norm1.weight", hub))
                || checkpoint.has(name(layer + ".mlp.fc1.weight", hub));
    }

    private static int heads(Path folderOrFile, long width) {
        Path file = folderOrFile.resolve("config.json");
        JsonNode config = Files.exists(file) ? Json.read(file) : MissingNode.getInstance();
        JsonNode activation = config.path("hidden_act");
        if (activation.isTextual() && !activation.asText().equals("gelu"))
            throw new WeightsException(
                    "%s: hidden_act is '%s', expected gelu, the activation of DINO.",
                    file, TensorFile.sanitize(activation.asText()));
        JsonNode heads = config.path("num_attention_heads");
        if (heads.isMissingNode()) return Math.toIntExact(Math.max(1, width / HEAD_WIDTH));
        if (!heads.isInt() || heads.asInt() < 1 || width % heads.asInt() != 0)
            throw new WeightsException(
                    "%s: num_attention_heads is %s, expected a divisor of the width %d.",
                    file, TensorFile.sanitize(heads.toString()), width);
        return heads.asInt();
    }

    private static String name(String original, boolean hub) {
        return hub ? HubVitWeights.hubName(original) : original;
    }

    private static long[] shape(Checkpoint checkpoint, boolean hub, String original, int axes) {
        String name = name(original, hub);
        long[] shape = checkpoint.tensorInfo(name).shape();
        if (shape.length != axes || Arrays.stream(shape).anyMatch(size -> size < 1 || size > Integer.MAX_VALUE))
            throw new WeightsException(
                    "%s: tensor '%s' has the shape %s, expected %d axes; the file is no vision transformer.",
                    checkpoint.fileOf(name).path().getFileName(), name, Arrays.toString(shape), axes);
        return shape;
    }

    @Override
    public Optional<LoadReport> loadReport() {
        return Optional.of(report);
    }

    @Override
    public Image prepare(Image image) {
        return transform.resizeAndCrop(image);
    }

    @Override
    public List<float[]> embedPrepared(List<Image> prepared) {
        return EmbeddingBatches.embed(prepared, batch -> dino.forward(transform.normalize(batch)));
    }

    /** The first 16 digits of the SHA-256 of the weights. */
    @Override
    public String name() {
        return name;
    }
}
