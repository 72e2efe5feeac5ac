package mige.encoder;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import mige.encoder.MultimodalEncoder.Request;
import mige.tensor.Tensor;

/**
 * The reference's own way through the parts of a {@link MultimodalEncoder}: every item has all its slots computed, empty ones from an
 * all-zero picture and latent, and is padded to the full length with the padding token's vector under a mask.
 *
 * <p>It exists to be compared with; what counts of its result equals {@link MultimodalEncoder#encode}, at several times the work. It
 * has the reference's one dependence between items: when no item has a picture, all slots are zero vectors. Source: reference
 * ENCODER.md sections 5, 6 and 15.
 */
public final class PlainEncoding {

    private final MultimodalEncoder encoder;

    public PlainEncoding(MultimodalEncoder encoder) {
        this.encoder = encoder;
    }

    /** Encodes requests to [B, maxLength, E] with their lengths. */
    public Conditioning encode(List<Request> batch) {
        Tensor states = encoder.text().forward(places(batch), mask(batch));
        return new Conditioning(states, lengths(batch));
    }

    /** The embeddings of all slots: [B, slots, Q, E]. */
    public Tensor slots(List<Request> batch) {
        var config = encoder.config();
        int b = batch.size(), slots = config.slots(), side = config.vision().side();
        long rows = config.queries().queries(), width = config.text().width();
        Request any = batch.stream().filter(r -> r.count() > 0).findFirst().orElse(null);
        if (any == null) return Tensor.zeros(b, slots, rows, width);
        List<Tensor> pictures = new ArrayList<>(), latents = new ArrayList<>();
        for (Request r : batch) {
            ContextEmbedding.check(r.count(), slots);
            long missing = slots - r.count();
            if (r.count() > 0) {
                pictures.add(r.pictures());
                latents.add(r.rawLatents());
            }
            pictures.add(Tensor.zeros(any.pictures().type(), missing, 3, side, side));
            latents.add(Tensor.zeros(any.rawLatents().type(), missing, any.rawLatents().size(1), any.rawLatents().size(2), any.rawLatents().size(3)));
        }
        return encoder.see(Tensor.cat(0, pictures), Tensor.cat(0, latents)).view(b, slots, rows, width);
    }

    /** What the text encoder reads: [B, maxLength, E]. */
    public Tensor places(List<Request> batch) {
        Tensor slots = slots(batch);
        int most = encoder.config().maxLength();
        List<Tensor> items = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            Layout layout = encoder.layout(batch.get(i).segments());
            Tensor valid = encoder.context().forward(List.of(layout), Collections.singletonList(slots.select(0, i)), () -> { throw new IllegalStateException("all slots are filled"); });
            Tensor padding = encoder.text().lookup(Tensor.of(new int[most - layout.length()], most - layout.length())).like(valid);
            items.add(Tensor.cat(0, valid, padding));
        }
        return Tensor.stack(0, items).like(slots);
    }

    /** Which places count: int64 [B, maxLength], 1 or 0. */
    public Tensor mask(List<Request> batch) {
        int most = encoder.config().maxLength();
        long[] mask = new long[batch.size() * most];
        int[] lengths = lengths(batch);
        for (int i = 0; i < lengths.length; i++) java.util.Arrays.fill(mask, i * most, i * most + lengths[i], 1);
        return Tensor.of(mask, lengths.length, most);
    }

    private int[] lengths(List<Request> batch) {
        return batch.stream().mapToInt(r -> encoder.layout(r.segments()).length()).toArray();
    }
}
