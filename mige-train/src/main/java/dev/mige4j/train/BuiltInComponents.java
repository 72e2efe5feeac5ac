package dev.mige4j.train;

import dev.mige4j.train.auxiliary.AttentionSupervision;
import dev.mige4j.train.auxiliary.MaskPrediction;
import dev.mige4j.train.auxiliary.ReconstructionLoss;
import dev.mige4j.train.config.ComponentProvider;
import dev.mige4j.train.dataset.ConcatDataset;
import dev.mige4j.train.dataset.CorpusDataset;
import dev.mige4j.train.dataset.MigeFormatDataset;
import dev.mige4j.train.dataset.SubjectDataset;
import dev.mige4j.train.initialization.FreshInitialization;
import dev.mige4j.train.initialization.PretrainedInitialization;
import dev.mige4j.train.loss.IddpmLoss;
import java.util.Map;

/** The components of this module by the name that {@code "type"} gives in a configuration. */
public final class BuiltInComponents implements ComponentProvider {

    @Override
    public Map<String, Class<? extends Record>> components() {
        return Map.of(
                "fresh", FreshInitialization.class,
                "subject-images", SubjectDataset.Config.class,
                "pretrained", PretrainedInitialization.class,
                "corpus", CorpusDataset.Config.class,
                "mige", MigeFormatDataset.Config.class,
                "concat", ConcatDataset.Config.class,
                "shards", MigeFormatDataset.ShardConfig.class,
                "iddpm", IddpmLoss.Config.class,
                "attention-supervision", AttentionSupervision.Config.class,
                "reconstruction", ReconstructionLoss.Config.class,
                "mask-prediction", MaskPrediction.Config.class);
    }
}
