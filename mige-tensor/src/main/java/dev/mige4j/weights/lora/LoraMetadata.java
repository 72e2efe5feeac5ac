package dev.mige4j.weights.lora;

/**
 * What a {@link LoraFile} says about itself.
 *
 * @param config rank, alpha and target modules
 * @param baseModel fingerprint of the model that it was trained on; empty: unknown
 * @param trigger the word that stands for what was taught, to be used in instructions; empty: none
 * @param madeBy the program that wrote it; empty: unknown
 */
public record LoraMetadata(LoraConfig config, String baseModel, String trigger, String madeBy) {

    /** The most characters of each text. */
    public static final int MAX_TEXT_LENGTH = 200;

    /** What mige4j names itself as {@code madeBy}. */
    public static final String MIGE4J = "mige4j";

    public LoraMetadata {
        baseModel = baseModel == null ? "" : baseModel;
        trigger = trigger == null ? "" : trigger;
        madeBy = madeBy == null ? "" : madeBy;
    }

    /** Of a file that this program writes. */
    public LoraMetadata(LoraConfig config, String baseModel, String trigger) {
        this(config, baseModel, trigger, MIGE4J);
    }
}
