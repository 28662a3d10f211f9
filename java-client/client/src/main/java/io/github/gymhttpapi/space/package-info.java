/**
 * Gymnasium's spaces, rebuilt from what the server says of them: one class a kind, named as in <a
 * href="https://gymnasium.farama.org/api/spaces/">gymnasium.spaces</a>.
 */
@NullMarked
package io.github.gymhttpapi.space;

import org.jspecify.annotations.NullMarked;
