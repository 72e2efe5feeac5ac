package dev.mige4j.web;

import dev.mige4j.common.UsageException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How the server treats clients of OpenAI's API that were not made for its model.
 *
 * @param strict true: refuse the names of OpenAI's models, sizes that are not the model's own, URLs, streams and
 *     transparent backgrounds; false: map them to what the model can do, and say so in the notices of the answer
 * @param modelAliases further names by which requests may call the loaded model
 */
public record OpenAiCompatibility(boolean strict, List<String> modelAliases) {

    /** Maps requests, without further names of the model. */
    public static final OpenAiCompatibility DEFAULT = new OpenAiCompatibility(false, List.of());

    private static final Pattern MODEL_NAME = Pattern.compile("[\\w.:/@+-]{1,200}");

    /** @throws UsageException when an alias is no possible name */
    public OpenAiCompatibility {
        modelAliases = List.copyOf(modelAliases);
        for (String alias : modelAliases)
            if (!MODEL_NAME.matcher(alias).matches())
                throw new UsageException(
                        "The model alias is '%s', expected a name such as gpt-image-1, without spaces.", alias);
    }
}
