package dev.mige4j.web;

import java.util.regex.Pattern;

/**
 * The names by which requests may call the loaded model: its own, the aliases, and unless strict the names of OpenAI's
 * image models, which many clients send without being asked.
 */
record ModelNames(String loaded, OpenAiCompatibility compatibility) {

    /** OpenAI's image models, such as {@code gpt-image-1}, {@code chatgpt-image-latest} and {@code dall-e-3}. */
    private static final Pattern OPENAI = Pattern.compile("(gpt-image|chatgpt-image|dall-e)-[\\w.-]{1,100}");

    /**
     * Checks a name.
     *
     * @param param the field that contains it; null: none
     * @throws ApiException with status 404 when no model has this name
     */
    void require(String name, String param) {
        boolean openAi = !compatibility.strict() && OPENAI.matcher(name).matches();
        if (name.equals(loaded) || compatibility.modelAliases().contains(name) || openAi) return;
        throw ApiException.forParam(
                param,
                404,
                "model_not_found",
                "There is no model '%s'. The model is '%s'; mige serve --model-alias NAME adds a name for it.",
                RequestBody.sanitize(name),
                loaded);
    }

    /** Whether OpenAI's API answers requests for this model with URLs unless they say otherwise. */
    static boolean hasUrlsByDefault(String name) {
        return name.startsWith("dall-e-");
    }
}
