package mige.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import mige.denoiser.Denoiser;
import mige.pipeline.ModelConfig;
import mige.tensor.DType;
import mige.tensor.Scope;
import mige.tensor.Tensor;

/**
 * Shows attentions that nobody has trained before where to look, in the two cases where that is known: the i-th query of a picture at the
 * i-th share of its patches, and a patch of the target at the query that speaks of the patch of a reference that shows the same.
 *
 * <pre>
 *   astray = mean of  −log Σ over right places of softmax(scores)               over the first half of the heads of each attention
 * </pre>
 *
 * <p>An attention starts by looking everywhere alike, and what it reads at the wrong places tells it nothing of the right one: 64 queries had
 * half found their patches after 1,500 steps by themselves, and had them within 200 once shown (docs/training.md). The other half of the
 * heads looks where it likes. For one batch. Not part of the reference, whose parts come trained.
 */
final class Gaze {

    /** Added to the score of what is not right, so that it does not count. */
    private static final double NEVER = -1e4;

    private final Batches.Batch batch;
    private final int queries, patches;
    private final List<Tensor> astray = new ArrayList<>();

    Gaze(Batches.Batch batch, ModelConfig model) {
        this.batch = batch;
        int side = model.latentSize() / model.denoiser().patch();
        queries = model.encoder().queries().queries();
        patches = side * side;
    }

    /** Watches the feature fusion, [n, heads, Q, N]. */
    Consumer<Tensor> atPatches() {
        float[] right = new float[queries * patches];
        for (int patch = 0; patch < patches; patch++) right[queryOf(patch) * patches + patch] = 1;
        Tensor all = Tensor.of(right, 1, 1, queries, patches);
        Right wanted = Right.of(all);
        return scores -> watch(scores, wanted, queries * scores.size(0));
    }

    /** Watches every block of the denoiser, [B, heads, N, L]. */
    Denoiser.Looks atWords() {
        int items = batch.counts().length, most = batch.layouts().stream().mapToInt(l -> l.length()).max().orElse(0), looks = 0;
        float[] right = new float[items * patches * most];
        for (int i = 0; i < items; i++) {
            if (batch.sights()[i] == null) continue;
            int[] row = batch.layouts().get(i).places(), placeOf = new int[batch.counts()[i] * queries];
            Arrays.fill(placeOf, -1);
            for (int place = 0; place < row.length; place++) if (row[place] < 0) placeOf[-1 - row[place]] = place;
            for (int patch = 0; patch < patches; patch++) {
                int sight = batch.sights()[i][patch], place = sight < 0 ? -1 : placeOf[sight / patches * queries + queryOf(sight % patches)];
                if (place < 0) continue;
                right[(i * patches + patch) * most + place] = 1;
                looks++;
            }
        }
        if (looks == 0) return Denoiser.Looks.UNSEEN;
        Tensor all = Tensor.of(right, items, 1, patches, most);
        long known = looks;
        Right wanted = Right.of(all);
        return block -> scores -> watch(scores, wanted, known);
    }

    private int queryOf(int patch) {
        return patch * queries / patches;
    }

    /** Right places, for all blocks: added to scores [*, 1, N, M] it leaves only them, and whether a look has any [*, 1, N]. */
    private record Right(Tensor only, Tensor any) {
        static Right of(Tensor places) {
            return new Right(places.mul(-NEVER).add(NEVER), places.sum(false, 3).clamp(0, 1));
        }
    }

    /** Notes how far the looks that have right places miss them; there are {@code looks} such rows. */
    private void watch(Tensor scores, Right right, long looks) {
        long heads = Math.max(1, scores.size(1) / 2);
        Tensor watched = scores.narrow(1, 0, heads).to(DType.F32);                                  // [n, H / 2, N, M]
        Tensor missed = watched.logSumExp(3).sub(watched.add(right.only).logSumExp(3));
        Tensor sum = missed.mul(right.any).sum();
        astray.add(Scope.outside(() -> sum.mul(1.0 / (heads * looks))));
    }

    /** The mean over all attentions watched; 0 if there was none. */
    Tensor astray() {
        Tensor sum = Tensor.zeros();
        for (Tensor one : astray) sum = sum.add(one);
        Tensor mean = sum.mul(1.0 / Math.max(1, astray.size()));
        astray.forEach(Tensor::close);
        return mean;
    }
}
