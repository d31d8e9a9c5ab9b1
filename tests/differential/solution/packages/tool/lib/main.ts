import { helper } from "./helper";
import { z } from "zod";
import { useState } from "preact/hooks";
import { local } from "lib/extra/local";
import { global } from "shipped";
export const main = [helper, z, useState, local, global];
