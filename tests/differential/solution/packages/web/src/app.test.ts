import { Button } from "./ui/button";
import { panel } from "@/ui";
import { env } from "@solution/core";
export const tests = [Button, panel, env];
