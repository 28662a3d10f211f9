/** Example agents. */
@NullMarked
package io.github.gymhttpapi.examples;

import org.jspecify.annotations.NullMarked;
