package dev.mige4j.eval.metric;

/**
 * Finds and crops the objects that MIGEBench compares with images of entities. The evaluation asks it, and with it a
 * detector and a segmenter, from several threads.
 */
public interface EntityCropper {

    /** The crop of an output, as saved by the reference: compressed as JPEG, unless it is the whole output. */
    EntityCrop crop(EntityRequest request);

    /** Identifies detector and segmenter: scores of different ones are not mixed. */
    String name();

    /** Crops by a detector and a segmenter; see {@link EntityCrop} for the rest. */
    static EntityCropper of(String name, ObjectDetector detector, Segmenter segmenter) {
        return new EntityCropper() {
            @Override
            public EntityCrop crop(EntityRequest request) {
                return EntityCrop.detect(request, detector, segmenter).asSaved();
            }

            @Override
            public String name() {
                return name;
            }
        };
    }
}
