package dev.mige4j.train.teach;

import dev.mige4j.common.UsageException;
import dev.mige4j.weights.lora.LoraConfig;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a {@link Teaching} teaches, and how long and with which adapters.
 *
 * @param name the word that instructions use for the subject or style: letters, digits, hyphens and spaces
 * @param style whether the images show a style instead of one subject
 * @param minutes the wall-clock budget, features included
 * @param steps steps of the training, instead of the minutes; 0: as many as the minutes allow
 * @param rank rank of the LoRA
 * @param alpha its alpha: the adapters are scaled by alpha / rank
 * @param targets endings of the names of the modules that get adapters, as PEFT's target_modules; empty: all attention
 *     and MLP projections of denoiser and fusion
 * @param learningRate of AdamW
 * @param priorShare share, 0 to 1, of the training samples that show other subjects and tasks, so that the model does
 *     not forget them
 * @param seed of records, initial adapters and noise
 */
public record TeachingConfig(
        String name,
        boolean style,
        double minutes,
        long steps,
        int rank,
        double alpha,
        List<String> targets,
        double learningRate,
        double priorShare,
        long seed) {

    /** The budget unless another one is given. */
    public static final double DEFAULT_MINUTES = 5;

    /** Longest name, in characters. */
    public static final int MAX_NAME_LENGTH = 40;

    private static final Pattern NAME =
            Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}]*([ -][\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}]*)*");

    /** The defaults for a subject, or a style, of this name. */
    public static TeachingConfig of(String name, boolean style) {
        return new TeachingConfig(name, style, DEFAULT_MINUTES, 0, 16, 16, List.of(), 1e-3, 0.5, 0);
    }

    public TeachingConfig {
        UsageException.requireNonNull(name, "name");
        targets = List.copyOf(targets);
        if (name.length() > MAX_NAME_LENGTH || !NAME.matcher(name).matches())
            throw new UsageException(
                    "The name '%s' has characters that instructions cannot use; take 1 to %d letters and digits, with"
                            + " single hyphens or spaces between them.",
                    name, MAX_NAME_LENGTH);
        if (!(minutes > 0 && minutes <= 10_000))
            throw new UsageException("The teaching has %s minutes, expected more than 0 and at most 10000.", minutes);
        if (steps < 0) throw new UsageException("The teaching has %d steps, expected 0 or more.", steps);
        new LoraConfig(rank, alpha, targets.isEmpty() ? null : targets); // checks them
        if (!(learningRate > 0 && Double.isFinite(learningRate)))
            throw new UsageException("learningRate is %s, expected more than 0.", learningRate);
        if (!(priorShare >= 0 && priorShare < 1))
            throw new UsageException("priorShare is %s, expected 0 to less than 1.", priorShare);
    }

    /** The same with another budget. */
    public TeachingConfig withMinutes(double otherMinutes) {
        return new TeachingConfig(
                name, style, otherMinutes, steps, rank, alpha, targets, learningRate, priorShare, seed);
    }

    /** The same with another name. */
    public TeachingConfig withName(String otherName) {
        return new TeachingConfig(
                otherName, style, minutes, steps, rank, alpha, targets, learningRate, priorShare, seed);
    }

    /** The same for a number of steps instead of the minutes. */
    public TeachingConfig withSteps(long otherSteps) {
        return new TeachingConfig(
                name, style, minutes, otherSteps, rank, alpha, targets, learningRate, priorShare, seed);
    }
}
