package dev.mige4j.train;

import static java.util.Map.entry;

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
        return Map.ofEntries(
                entry("fresh", FreshInitialization.class),
                entry("subject-images", SubjectDataset.Config.class),
                entry("pretrained", PretrainedInitialization.class),
                entry("corpus", CorpusDataset.Config.class),
                entry("mige", MigeFormatDataset.Config.class),
                entry("concat", ConcatDataset.Config.class),
                entry("shards", MigeFormatDataset.ShardConfig.class),
                entry("iddpm", IddpmLoss.Config.class),
                entry("attention-supervision", AttentionSupervision.Config.class),
                entry("reconstruction", ReconstructionLoss.Config.class),
                entry("mask-prediction", MaskPrediction.Config.class));
    }
}
