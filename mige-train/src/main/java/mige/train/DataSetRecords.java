package mige.train;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import mige.data.DataSet;
import mige.data.Kind;
import mige.image.Framing;
import mige.image.Picture;
import mige.pipeline.ModelConfig;
import mige.tensor.DType;
import mige.tensor.Scope;
import mige.tensor.Tensor;
import mige.text.Prompt;
import mige.text.Prompts;
import mige.text.Tokenizer;

/**
 * Records of a user's data set in the reference's format. Moments come from the feature files where they are, else from the pictures,
 * shorter side to the model's size and the middle of the rest. The whole picture counts as changed.
 */
final class DataSetRecords implements RecordCache.Maker {

    private final DataSet data;
    private final ModelConfig config;
    private final Tokenizer tokenizer;
    private final FrozenParts frozen;

    DataSetRecords(DataSet data, Tokenizer tokenizer, FrozenParts frozen) {
        this.data = data;
        this.config = frozen.config();
        this.tokenizer = tokenizer;
        this.frozen = frozen;
    }

    @Override
    public List<byte[]> make(int first, int count) {
        List<byte[]> records = new ArrayList<>();
        for (int i = first; i < first + count; i++) records.add(record(data.items().get(i % data.items().size())));
        return records;
    }

    private byte[] record(DataSet.Item item) {
        List<byte[]> moments = new ArrayList<>(List.of(moments(item.image(), item.targetFeature())));
        int source = item.source().isPresent() ? 1 : -1;
        if (source == 1) moments.add(moments(item.source().get(), item.sourceFeature().orElseThrow()));
        int[] references = new int[item.entities().size()];
        List<Picture> shown = new ArrayList<>();
        for (int r = 0; r < references.length; r++) {
            references[r] = moments.size();
            moments.add(moments(item.entities().get(r), item.referenceFeatures().get(r)));
            shown.add(Picture.read(data.file(item.entities().get(r))));
        }
        byte[] everywhere = new byte[config.latentSize() * config.latentSize()];
        Arrays.fill(everywhere, (byte) 255);
        List<int[]> ids = Prompt.segments(Prompts.after(prefix(item.task()), item.instruction()).text()).stream().map(tokenizer::encode).toList();
        return RecordCache.pack(kind(item), moments.size(), source, references, ids, everywhere, FrozenParts.joined(moments), FrozenParts.joined(frozen.tower(shown)));
    }

    private byte[] moments(String picture, String feature) {
        if (!Files.exists(data.file(feature))) {
            return frozen.moments(List.of(Framing.covering(Picture.read(data.file(picture)), config.pictureSize()).picture())).get(0);
        }
        return Scope.scoped(() -> {
            DataSet.Moments m = data.moments(feature);
            m.mean().expect(feature, "[c, h, w]", config.autoencoder().latentChannels(), config.latentSize(), config.latentSize());
            return Tensor.cat(0, m.mean(), m.deviation()).to(DType.BF16).rawBytes();
        });
    }

    private String prefix(DataSet.Task task) {
        return switch (task) {
            case SUBJECT -> config.prompts().subject();
            case EDIT -> config.prompts().edit();
            case REPLACE, ADD -> config.prompts().subjectEdit();
        };
    }

    /** The corpus's kind that is nearest; it names the curves and the shares. */
    private static Kind kind(DataSet.Item item) {
        return switch (item.task()) {
            case SUBJECT -> item.entities().size() < 2 ? Kind.SUBJECT_1 : item.entities().size() == 2 ? Kind.SUBJECT_2 : Kind.SUBJECT_3;
            case EDIT -> Kind.REPLACE;
            case REPLACE -> Kind.SUBJECT_REPLACE;
            case ADD -> Kind.SUBJECT_ADD;
        };
    }
}
